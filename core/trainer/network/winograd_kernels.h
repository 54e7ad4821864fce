/** The inner loops of winograd.h, one table of them per instruction set. */
#pragma once

#include <cstdint>

#include "trainer/network/winograd.h"

namespace nnunet::winograd {

/** A run of tiles of one sample, in (z, y, x) order of tiles. */
struct Tiles {
  int64_t first, count;
};

struct Kernels {
  int lanes;  ///< channels must be a multiple of this
  /** U[point][panel of 2 vectors][in][panel] of the kernel, for input channels [firstIn, lastIn). */
  void (*transformWeight)(const Shape&, const Weight&, int64_t firstIn, int64_t lastIn, float* transformed);
  /** V[point][tile][in] of a tile's inputs, the first `in` of `channels` values per voxel in `input` (one sample). */
  void (*transformInput)(const Shape&, const float* input, int64_t channels, Tiles, float* transformed);
  /** The adjoint of the output transform: [point][tile][out] of a tile's output gradients. */
  void (*transformGradient)(const Shape&, const float* gradient, Tiles, float* transformed);
  /** product[point][tile][out] = V[point][tile][in] x U[point] */
  void (*multiply)(const Shape&, int64_t tiles, const float* input, const float* weight, float* product);
  /** output tiles from product[point][tile][out]. */
  void (*transformOutput)(const Shape&, const float* product, Tiles, float* output);
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
