/** What `nnunet-core train JOB.json` is asked to do. */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trainer/data/loader.h"
#include "trainer/network/architecture.h"
#include "trainer/training/loss.h"
#include "trainer/training/optimizer.h"

namespace nnunet {

struct Schedule {
  OptimizerSettings optimizer;
  double initialLearningRate = 0.01;
  bool cosine = false;                  ///< otherwise polynomial with exponent 0.9
  int64_t warmupEpochs = 0;             ///< over which the learning rate rises first
  std::optional<int64_t> epochs;        ///< either a number of epochs …
  std::optional<double> budgetSeconds;  ///< … or a wall time that training may take
  int64_t iterationsPerEpoch = 250;
  int64_t validationIterationsPerEpoch = 50;
};

struct TrainingJob {
  std::string folder;  ///< the run's fold folder
  std::string device, precision;
  int threads = 0;  ///< for the network; 0: all cores
  uint64_t seed = 0;
  Architecture network;
  data::LoaderSettings trainingData, validationData;
  LossSettings loss;
  bool deepSupervision = true;  ///< false: only the highest resolution has a loss
  Schedule schedule;
  double checkpointIntervalSeconds = 30;
  std::string resume, pretrained;  ///< checkpoints, or empty
  bool freshHeads = true;          ///< what is pretrained is used without its segmentation heads
  nlohmann::json record;           ///< how it is trained, as asked for: kept in the checkpoints
  nlohmann::json trainedWith;      ///< likewise: what of plans and labels the weights depend on
};

/** Reads and checks a job. Throws CoreError "bad-job". */
TrainingJob readTrainingJob(const nlohmann::json& json);

}  // namespace nnunet
