/** A training run's state on disk: weights, optimizer, curves and progress in one .safetensors file. */
#pragma once

#include <string>

#include "trainer/network/unet.h"
#include "trainer/training/history.h"
#include "trainer/training/optimizer.h"
#include "trainer/training/training_job.h"

namespace nnunet {

/** An epoch that was begun: a training may be saved after any of its steps. */
struct EpochSoFar {
  int64_t iterations = 0;  ///< steps taken
  double lossSum = 0;      ///< of these steps
  double seconds = 0;      ///< spent on it, over all sessions
};

/** What a run needs besides weights and optimizer to go on where it was. */
struct Progress {
  int64_t epoch = 0;          ///< finished epochs
  EpochSoFar begun;           ///< of the epoch that comes after them
  double elapsedSeconds = 0;  ///< of training, over all sessions
  double learningRate = 0;
  double lossScale = 65536;  ///< of mixed precision
  int64_t goodSteps = 0;     ///< since the loss scale last changed
};

void writeCheckpoint(const std::string& file, const TrainingJob& job, const UNet& network, const Optimizer& optimizer,
                     const History& history, const Progress& progress);

/**
 * Restores everything, on the device of the network's parameters. Throws CoreError "bad-checkpoint", or
 * "checkpoint-mismatch" where the weights or the optimizer's state do not fit the network.
 */
Progress readCheckpoint(const std::string& file, UNet& network, Optimizer& optimizer, History& history);

/** Weights only. Throws CoreError "checkpoint-mismatch" where one is missing or has another shape. */
void loadWeights(const std::string& file, UNet& network);

/**
 * For fine-tuning: the weights that the file has, and those that it lacks stay as they are.
 * @param freshHeads  the segmentation heads stay as they are in any case
 */
void startFrom(const std::string& file, UNet& network, bool freshHeads);

}  // namespace nnunet
