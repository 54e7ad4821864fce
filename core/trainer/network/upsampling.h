/** Transposed convolution with kernel = stride, joined with the encoder's skip in one step. */
#pragma once

#include <vector>

#include "trainer/torch.h"

namespace nnunet {

/**
 * cat(conv_transpose(input), skip) along the channels, differentiable in all four.
 * @param input   (N, in, spatial)
 * @param weight  (in, out, stride), as torch's transposed convolutions
 * @param bias    (out), or undefined
 * @param skip    (N, channels, spatial * stride)
 * On the CPU in float32 every input voxel is one row of a matrix product, whose result is written straight into the
 * joined tensor; else LibTorch's operations.
 */
torch::Tensor upsampleAndJoin(const torch::Tensor& input, const torch::Tensor& weight, const torch::Tensor& bias,
                              const torch::Tensor& skip, const std::vector<int64_t>& stride);

}  // namespace nnunet
