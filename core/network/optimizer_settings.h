/** Which optimizer trains a network, and how. */
#pragma once

namespace nnunet {

enum class OptimizerKind {
  sgd,  ///< with Nesterov momentum, nnU-Net's
  adam,
  adamw,
  amsgrad,  ///< AdamW that divides by the largest second moment so far
};

struct OptimizerSettings {
  OptimizerKind kind = OptimizerKind::sgd;
  double weightDecay = 3e-5;
  double momentum = 0.99;                             ///< SGD
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;  ///< the others
  double clipNorm = 12;                               ///< largest L2 norm of the whole gradient
};

}  // namespace nnunet
