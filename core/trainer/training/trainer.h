/**
 * One fold's training: epochs of iterations, online validation, checkpoints.
 * Source: nnU-Net 2.8.1, nnUNetTrainer.py; what differs is that its length is the user's (epochs or a time budget), and
 * that it may be saved, stopped and resumed after any step: with the same number of threads it then gives the same
 * weights to the last bit as if nothing had happened.
 */
#pragma once

#include <memory>
#include <optional>

#include "trainer/control.h"
#include "trainer/device.h"
#include "trainer/network/unet.h"
#include "trainer/training/checkpoint.h"
#include "trainer/training/metrics.h"
#include "trainer/training/non_finite.h"
#include "trainer/training/training_job.h"

namespace nnunet {

class Trainer {
 public:
  /** @param control  how it is asked to stop or to save; by signals and the run's control folder if there is none */
  explicit Trainer(TrainingJob job, std::unique_ptr<Control> control = nullptr);
  /**
   * Trains to the end or until asked to stop; leaves checkpoint_final. Throws CoreError, and leaves the checkpoints as
   * they are, where a disk refuses one or the loss stays not a number.
   * @returns whether it ran to the end
   */
  bool run();

 private:
  struct Validation {
    double loss = 0;
    DiceCounts counts;
  };
  void restore();
  double learningRateNow() const;
  int64_t expectedEpochs() const;
  /** Whether the length that was asked for is reached. */
  bool lengthReached() const;
  /** Whether there is an epoch to begin, or one to bring to its end. */
  bool hasMore() const;
  /** One epoch, or the rest of one that was begun. @returns whether it came to its end before a stop was asked for. */
  bool runEpoch(data::BatchLoader& trainingLoader, data::BatchLoader& validationLoader);
  bool trainEpoch(data::BatchLoader& loader);
  /** Nothing if a stop was asked for: the whole validation is then done on resuming. */
  std::optional<Validation> validateEpoch(data::BatchLoader& loader);
  double trainIteration(const data::Batch& batch);
  void finishEpoch(const Validation& validation);
  void save(const std::string& kind);
  bool saveIsDue() const;
  std::vector<torch::Tensor> targetsOf(const data::Batch& batch) const;
  torch::Tensor dataOf(const data::Batch& batch) const;
  double elapsed() const;
  double secondsInEpoch() const;

  TrainingJob job_;
  torch::Device device_;
  Precision precision_;
  UNet network_;
  Optimizer optimizer_;
  std::vector<double> lossWeights_;
  size_t heads_;  ///< outputs whose loss weight is not 0
  History history_;
  Progress progress_;
  std::unique_ptr<Control> control_;
  NonFiniteWatch nonFinite_;
  double startedAt_ = 0, elapsedBefore_ = 0;            ///< of this session, of those before it
  double epochStartedAt_ = 0, epochSecondsBefore_ = 0;  ///< the same for the epoch
  double savedAt_ = 0, savingSeconds_ = 0;              ///< of the last checkpoint
};

}  // namespace nnunet
