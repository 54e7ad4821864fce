/**
 * 3x3x3 (and 1x3x3) convolution with stride 1 by Winograd's minimal filtering F(2, 3) along every axis of length 3.
 *
 * A tile of 4x4x4 inputs gives 2x2x2 outputs with 64 multiplications per channel pair instead of 216. Where the width
 * allows, F(4, 3) along x gives 2x2x4 outputs with 96 instead of 432. The rest is additions. float32 throughout; the
 * largest error is a few units of the last place more than a direct sum's, with F(4, 3) some more.
 * Source: Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016; the weight gradient is the
 * transpose of the same algorithm.
 *
 * All volumes are channels last: (samples, depth, height, width, channels); 2D has depth 1. Zero padding of 1 along
 * every axis of length 3. Channel counts are multiples of the vector width.
 */
#pragma once

#include <cstdint>

namespace nnunet::winograd {

struct Shape {
  int64_t samples, depth, height, width;
  int64_t in, out;  ///< channels
  bool deep;        ///< 3x3x3 kernel; otherwise 1x3x3
};

/** Where a weight (out, in, kernel) lies in memory, and whether the kernel is read backwards (for the input's
 * gradient). */
struct Weight {
  const float* data;
  int64_t outStride, inStride;
  bool flipped;
};

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
