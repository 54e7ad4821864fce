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
  /** V[point][tile][channel] of 4x4x4 (4x4) inputs. `channels` values per voxel in `input` (one sample). */
  void (*transformInput)(const Shape&, const float* input, int64_t channels, Tiles, float* transformed);
  /** The adjoint of the output transform: [point][tile][out] of 2x2x2 output gradients. */
  void (*transformGradient)(const Shape&, const float* gradient, Tiles, float* transformed);
  /** product[point][tile][out] = V[point][tile][in] x U[point] */
  void (*multiply)(const Shape&, int64_t tiles, const float* input, const float* weight, float* product);
  /** output tiles from product[point][tile][out]. */
  void (*transformOutput)(const Shape&, const float* product, Tiles, float* output);
  /** sums[point][in][out] += V[point][tile][in] (x) Y[point][tile][out], over tiles. */
  void (*accumulateWeight)(const Shape&, int64_t tiles, const float* input, const float* gradient, float* sums);
  /** gradient (out, in, kernel) from sums[point][in][out], for input channels [firstIn, lastIn). */
  void (*finishWeight)(const Shape&, const float* sums, int64_t firstIn, int64_t lastIn, float* gradient);
};

inline int64_t tilesAlong(int64_t size) {
  return (size + 1) / 2;
}
inline int64_t tilesOf(const Shape& s) {
  return (s.deep ? tilesAlong(s.depth) : s.depth) * tilesAlong(s.height) * tilesAlong(s.width);
}
inline int64_t pointsOf(const Shape& s) {
  return s.deep ? 64 : 16;
}

const Kernels& avx512Kernels();
const Kernels& avx2Kernels();

}  // namespace nnunet::winograd
