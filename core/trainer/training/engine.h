/**
 * What a training computes with: a network on a device, its losses, its optimizer. Two there are: our own on processors
 * (core/network), and LibTorch, for GPUs and as the other's oracle. The trainer knows neither.
 */
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "trainer/arrays.h"
#include "trainer/training/metrics.h"
#include "trainer/training/training_job.h"

namespace nnunet {

/** Of mixed precision with a scaled loss. */
struct LossScale {
  double scale = 65536;
  int64_t goodSteps = 0;  ///< since it last changed
};

class Engine {
 public:
  virtual ~Engine() = default;

  struct Step {
    double loss;
    bool finite;  ///< loss and gradient; a gradient that overflows under the loss's scale is what the scale is for
  };
  virtual Step train(const data::Batch& batch, double learningRate) = 0;

  struct Evaluation {
    double loss;
    DiceCounts counts;
  };
  virtual Evaluation evaluate(const data::Batch& batch) = 0;

  /** Device, precision and threads, for people. */
  virtual std::string description() const = 0;
  /** "fp32", "bf16" or "fp16" */
  virtual std::string precision() const = 0;

  /** Calls body with weights, what batch normalisation gathered, and the optimizer's state, as checkpoints name them.
   */
  virtual void withState(const std::function<void(const std::vector<ArrayView>&)>& body) const = 0;
  virtual int64_t adamSteps() const = 0;
  virtual LossScale lossScale() const { return {}; }
  /** Throws CoreError "checkpoint-mismatch", where weights or the optimizer's state do not fit the network. */
  virtual void restore(const ArrayFile& stored, int64_t adamSteps, const LossScale& scale, const std::string& file) = 0;
  /**
   * For fine-tuning: the weights that the file has, and those that it lacks stay as they are.
   * @param freshHeads  the segmentation heads stay as they are in any case
   */
  virtual void startFrom(const ArrayFile& stored, bool freshHeads, const std::string& file) = 0;
};

/** Which engine computes on a device: what the job says, or our own on processors in float32. */
std::unique_ptr<Engine> makeEngine(const TrainingJob& job, const std::vector<double>& lossWeights, size_t heads);

std::unique_ptr<Engine> makeTorchEngine(const TrainingJob& job, const std::vector<double>& lossWeights, size_t heads);

}  // namespace nnunet
