/** Dice and cross entropy on the CPU: one pass over the scores for the value, one for the gradient. */
#pragma once

#include "trainer/training/loss.h"

namespace nnunet {

torch::Tensor fusedDiceAndCrossEntropy(const torch::Tensor& logits, const torch::Tensor& target,
                                       const LossSettings& settings);

}  // namespace nnunet
