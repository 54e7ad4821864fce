/**
 * 3x3x3 (and 1x3x3) convolution with stride 1 by Winograd's minimal filtering (network/kernels/winograd.h), over
 * volumes without a border: (samples, depth, height, width, channels).
 */
#pragma once

#include "network/kernels/winograd.h"

namespace nnunet::winograd {

/** Whether this machine and these channels can use the kernels below. */
bool supported(int64_t in, int64_t out);

/** output = input * weight. For the input's gradient: call with the output's gradient, channels swapped, flipped. */
void convolve(const Shape& shape, const float* input, const Weight& weight, float* output);

/**
 * gradient (out, in, kernel) = correlation of input and the output's gradient. One result for each number of threads.
 * Workspace: `weightGradientBytes`, and a few megabytes a thread.
 */
void weightGradient(const Shape& shape, const float* input, const float* outputGradient, float* gradient);

/** Of the sums over tiles: below 128 MiB with any number of threads, unless the sums of one thread alone take more. */
int64_t weightGradientBytes(const Shape& shape, int threads);

}  // namespace nnunet::winograd
