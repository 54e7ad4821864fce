/**
 * The inner loops of 3x3x3 (and 1x3x3) convolution with stride 1 by Winograd's minimal filtering F(2, 3) along every
 * axis of length 3, one table of them per instruction set.
 *
 * A tile of 4x4x4 inputs gives 2x2x2 outputs with 64 multiplications per channel pair instead of 216. Where the width
 * allows, F(4, 3) along x gives 2x2x4 outputs with 96 instead of 432. The rest is additions. float32 throughout; the
 * largest error is a few units of the last place more than a direct sum's, with F(4, 3) some more.
 * Source: Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016; the weight gradient is the
 * transpose of the same algorithm.
 *
 * All volumes are channels last; 2D has depth 1. Zero padding of 1 along every axis of length 3. Channel counts are
 * multiples of the vector width.
 */
#pragma once

#include <cstdint>

namespace nnunet::winograd {

struct Shape {
  int64_t samples, depth, height, width;
  int64_t in, out;  ///< channels
  bool deep;        ///< 3x3x3 kernel; otherwise 1x3x3
};

/** From one voxel, row or plane of a volume to the next, in numbers. */
struct Steps {
  int64_t voxel, row, plane;
};

/** Where a weight (out, in, kernel) lies in memory, and whether the kernel is read backwards (for the input's
 * gradient). */
struct Weight {
  const float* data;
  int64_t outStride, inStride;
  bool flipped;
};

/** A run of tiles of one sample, in (z, y, x) order of tiles. */
struct Tiles {
  int64_t first, count;
};

struct Kernels {
  int lanes;  ///< channels must be a multiple of this
  /** U[point][panel of 2 vectors][in][panel] of the kernel, for input channels [firstIn, lastIn). */
  void (*transformWeight)(const Shape&, const Weight&, int64_t firstIn, int64_t lastIn, float* transformed);
  /** V[point][tile][in] of a tile's inputs, the first `in` values per voxel in `input` (one sample). */
  void (*transformInput)(const Shape&, const float* input, const Steps&, Tiles, float* transformed);
  /** The adjoint of the output transform: [point][tile][out] of a tile's output gradients. */
  void (*transformGradient)(const Shape&, const float* gradient, const Steps&, Tiles, float* transformed);
  /** product[point][tile][out] = V[point][tile][in] x U[point] */
  void (*multiply)(const Shape&, int64_t tiles, const float* input, const float* weight, float* product);
  /** output tiles = or += what product[point][tile][out] gives. */
  void (*transformOutput)(const Shape&, const float* product, Tiles, const Steps&, bool adds, float* output);
  /** sums[point][in][out] += V[point][tile][in] (x) Y[point][tile][out], over tiles. */
  void (*accumulateWeight)(const Shape&, int64_t tiles, const float* input, const float* gradient, float* sums);
  /** gradient[out * outStride + in * taps + tap] from sums[point][in][out], for input channels [firstIn, lastIn). */
  void (*finishWeight)(const Shape&, const float* sums, int64_t firstIn, int64_t lastIn, int64_t outStride,
                       float* gradient);
};

// Static: every instruction set's file has its own copies (core/CMakeLists.txt).
static inline int64_t tilesAlong(int64_t size, int64_t step = 2) {
  return (size + step - 1) / step;
}
/** Tiles of four outputs along x take three products for each two outputs instead of four, where they fit the width. */
static inline bool isWide(const Shape& s) {
  return 6 * tilesAlong(s.width, 4) < 4 * tilesAlong(s.width, 2);
}
static inline int64_t widthOfTiles(const Shape& s) {
  return isWide(s) ? 4 : 2;
}
static inline int64_t tilesOf(const Shape& s) {
  return (s.deep ? tilesAlong(s.depth) : s.depth) * tilesAlong(s.height) * tilesAlong(s.width, widthOfTiles(s));
}
/** Products of a tile for each pair of channels. */
static inline int64_t pointsOf(const Shape& s) {
  return (s.deep ? 16 : 4) * (widthOfTiles(s) + 2);
}

/** The kernels for volumes of this shape. */
const Kernels& avx512Kernels(const Shape&);
const Kernels& avx2Kernels(const Shape&);

}  // namespace nnunet::winograd
