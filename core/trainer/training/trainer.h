/**
 * One fold's training: epochs of iterations, online validation, checkpoints.
 * Source: nnU-Net 2.8.1, nnUNetTrainer.py; what differs is that its length is the user's (epochs or a time budget) and
 * that a checkpoint is written after every epoch that ends 30 s after the last one.
 */
#pragma once

#include "trainer/control.h"
#include "trainer/device.h"
#include "trainer/network/unet.h"
#include "trainer/training/checkpoint.h"
#include "trainer/training/metrics.h"
#include "trainer/training/training_job.h"

namespace nnunet {

class Trainer {
 public:
  explicit Trainer(TrainingJob job);
  /** Trains to the end or until asked to stop; leaves checkpoint_final. @returns whether it ran to the end. */
  bool run();

 private:
  struct EpochResult {
    double loss = 0;
    int64_t iterations = 0;
    DiceCounts counts;
  };
  void restore();
  double fractionDone() const;
  double learningRateNow() const;
  int64_t expectedEpochs() const;
  bool finished() const;
  EpochResult trainEpoch(data::BatchLoader& loader);
  EpochResult validateEpoch(data::BatchLoader& loader);
  double trainIteration(const data::Batch& batch);
  void finishEpoch(const EpochResult& training, const EpochResult& validation, double startTime, double seconds);
  void save(const std::string& kind);
  std::vector<torch::Tensor> targetsOf(const data::Batch& batch) const;
  torch::Tensor dataOf(const data::Batch& batch) const;
  double elapsed() const;

  TrainingJob job_;
  torch::Device device_;
  Precision precision_;
  UNet network_;
  Optimizer optimizer_;
  std::vector<double> lossWeights_;
  size_t heads_;  ///< outputs whose loss weight is not 0
  History history_;
  Progress progress_;
  Control control_;
  double startedAt_ = 0, savedAt_ = 0, elapsedBefore_ = 0;
  int64_t iterationInEpoch_ = 0;
  bool warnedOfNan_ = false;
};

}  // namespace nnunet
