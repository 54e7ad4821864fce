/** SGD with Nesterov momentum (nnU-Net's), Adam and AdamW, with gradient clipping, over a network's named parameters.
 */
#pragma once

#include <map>
#include <string>

#include "trainer/network/layers.h"

namespace nnunet {

enum class OptimizerKind {
  sgd,
  adam,
  adamw,
  amsgrad,  ///< AdamW that divides by the largest second moment so far
};

/** By the names of jobs and checkpoints. Throws CoreError "bad-job". */
OptimizerKind optimizerKind(const std::string& name);
std::string nameOf(OptimizerKind kind);

struct OptimizerSettings {
  OptimizerKind kind = OptimizerKind::sgd;
  double weightDecay = 3e-5;
  double momentum = 0.99;                             ///< SGD
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;  ///< the others
  double clipNorm = 12;                               ///< largest L2 norm of the whole gradient
};

class Optimizer {
 public:
  Optimizer(ParameterList parameters, OptimizerSettings settings);

  void clearGradients();
  /**
   * Clips the gradient and takes one step. Parameters without a gradient are left alone entirely (no weight decay),
   * as torch does: this concerns the lowest head, whose loss weight is 0.
   * @param gradientScale  the gradients are this many times too large (mixed precision)
   * @returns the gradient's norm before clipping; not finite: no step was taken
   */
  double step(double learningRate, double gradientScale = 1);

  /** State by the names of the checkpoint format: "optimizer.momentum_buffer.<parameter>" and so on. */
  std::vector<std::pair<std::string, torch::Tensor>> state() const;
  /**
   * Takes up a state, on the devices of the parameters; what is missing starts from zero, as in torch.
   * @param file  where it comes from, for errors
   * Throws CoreError "checkpoint-mismatch", with nothing changed, where a tensor has another shape or type than its
   * parameter: the fused steps read and write as many numbers as the parameter has.
   */
  void load(const std::map<std::string, torch::Tensor>& tensors, int64_t adamSteps, const std::string& file);
  int64_t adamSteps() const { return adamSteps_; }

 private:
  ParameterList parameters_;
  OptimizerSettings settings_;
  /** One of the tensors kept for each parameter; undefined until first used. */
  struct Buffer {
    std::string name;  ///< with which a checkpoint's tensors begin
    std::vector<torch::Tensor> tensors;
  };
  std::vector<Buffer> buffers_;  ///< momentum, or the moments
  int64_t adamSteps_ = 0;
};

}  // namespace nnunet
