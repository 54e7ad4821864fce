/** Convolution by the fastest way for the device and the shape at hand. */
#pragma once

#include <vector>

#include "trainer/torch.h"

namespace nnunet {

/**
 * Convolution without bias and with zero padding, differentiable in input and weight.
 * @param input   (N, in, spatial), 2 or 3 spatial axes
 * @param weight  (out, in, kernel)
 * On the CPU, 3x3(x3) kernels with stride 1 go to Winograd kernels of our own (winograd.h); all else to LibTorch.
 */
torch::Tensor convolution(const torch::Tensor& input, const torch::Tensor& weight, const std::vector<int64_t>& stride,
                          const std::vector<int64_t>& padding);

/** The tensor in the memory layout that this device is fastest with: channels last on the CPU. */
torch::Tensor inNativeLayout(const torch::Tensor& input);

}  // namespace nnunet
