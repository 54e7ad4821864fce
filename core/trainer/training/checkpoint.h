/** A training run's state on disk: weights, optimizer, curves and progress in one .safetensors file. */
#pragma once

#include <string>

#include "trainer/training/engine.h"
#include "trainer/training/history.h"
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
};

void writeCheckpoint(const std::string& file, const TrainingJob& job, const Engine& engine, const History& history,
                     const Progress& progress);

/**
 * Restores everything. Throws CoreError "bad-checkpoint", or "checkpoint-mismatch" where the weights or the optimizer's
 * state do not fit the network.
 */
Progress readCheckpoint(const std::string& file, Engine& engine, History& history);

}  // namespace nnunet
