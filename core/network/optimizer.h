/**
 * SGD with Nesterov momentum (nnU-Net's), Adam and AdamW, with gradient clipping, over parameters in one piece of
 * memory.
 */
#pragma once

#include <span>
#include <string>
#include <vector>

#include "network/optimizer_settings.h"
#include "network/thread_pool.h"
#include "network/weights.h"

namespace nnunet::network {

class Optimizer {
 public:
  /** @param trained  parameters that are not are left alone entirely (no weight decay), as torch does without a
   * gradient
   */
  Optimizer(const ParameterTable& table, std::vector<bool> trained, OptimizerSettings settings);

  /**
   * Clips the gradient and takes one step.
   * @returns the gradient's norm before clipping; not finite: no step was taken
   */
  double step(std::span<float> values, std::span<const float> gradients, double learningRate, ThreadPool& pool);

  /** What is kept, as checkpoints call it, laid out as the parameters. */
  struct Buffer {
    std::string name;  ///< "momentum_buffer", "exp_avg", ...
    std::vector<float> numbers;
  };
  std::vector<Buffer>& buffers() { return buffers_; }
  const std::vector<Buffer>& buffers() const { return buffers_; }
  int64_t adamSteps = 0;

 private:
  /** Numbers [first, last) that one thread works on. */
  struct Piece {
    int64_t first, last;
  };
  void stepSgd(const Piece& piece, float* values, const float* gradients, float factor, float learningRate);
  void stepAdam(const Piece& piece, float* values, const float* gradients, float factor, double learningRate);

  OptimizerSettings settings_;
  std::vector<Piece> pieces_;
  std::vector<Buffer> buffers_;
};

}  // namespace nnunet::network
