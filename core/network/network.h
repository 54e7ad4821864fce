/** A U-Net that runs on processors: its plan, its numbers, and the one piece of memory that it works in. */
#pragma once

#include <optional>

#include "network/huge_memory.h"
#include "network/loss.h"
#include "network/plan.h"
#include "network/workspace.h"

namespace nnunet::network {

class Network {
 public:
  Network(const Architecture& architecture, const PlanRequest& request, const Kernels& kernels, ThreadPool& pool);

  const NetworkPlan& plan() const { return plan_; }
  /** Laid out as plan().parameters says. The caller fills in the weights (drawWeights, or a checkpoint's). */
  std::span<float> weights() { return weights_; }
  std::span<const float> weights() const { return weights_; }
  std::span<const float> gradients() const { return gradients_; }
  /** Batch normalisation's means and variances; plan().runningStatistics. */
  std::span<float> runningStatistics() { return running_; }
  std::span<const float> runningStatistics() const { return running_; }
  /** Bytes of the one piece of memory that values, packed weights and sums share; known before the first step. */
  int64_t arenaBytes() const { return static_cast<int64_t>(arena_.size() * sizeof(float)); }

  enum class Mode {
    train,     ///< batch normalisation counts and gathers
    evaluate,  ///< batch normalisation uses what was gathered
  };
  /** @param image (samples, channels, z, y, x). Afterwards the scores are there until a loss or another image comes. */
  void forward(const float* image, Mode mode);
  /** (samples, classes, voxels), highest resolution first. */
  std::span<const float> scores(size_t output) const;

  /**
   * The weighted loss over all outputs, and its gradient by their scores.
   * @param targets  per output, int16 (loss.h)
   */
  double loss(const std::vector<const int16_t*>& targets, const std::vector<double>& weights,
              const LossSettings& settings);
  /** The gradient of each parameter, from what the loss left. */
  void backward();

 private:
  void run(const Step& step);
  void begin(const Step& step);
  float* memoryOf(int value) const;
  Volume volumeOf(const Part& part) const;
  const float* weightOf(int parameter) const;
  float* gradientOf(int parameter);
  void statistics(const Step& step);

  NetworkPlan plan_;
  ThreadPool& pool_;
  std::vector<float> weights_, gradients_, running_;
  std::span<float> arena_;
  std::optional<HugeMemory> memory_;
  Workspace workspace_;
  const float* image_ = nullptr;
  Mode mode_ = Mode::train;
};

}  // namespace nnunet::network
