/** Instance normalisation and LeakyReLU in one pass over memory. */
#pragma once

#include "trainer/torch.h"

namespace nnunet {

/**
 * LeakyReLU(InstanceNorm(input) * weight + bias), differentiable in input, weight and bias.
 * Biased variance of the instance, in training and prediction alike, in float32 whatever the input's type.
 * @param input    (N, C, spatial), float32 or bfloat16
 * @param weight   (C) float32
 * @param slope    of the negative side; 1 for no activation
 */
torch::Tensor instanceNormLeakyRelu(const torch::Tensor& input, const torch::Tensor& weight, const torch::Tensor& bias,
                                    double epsilon, double slope);

}  // namespace nnunet
