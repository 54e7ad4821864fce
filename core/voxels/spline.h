// Cubic B-spline resampling, axis by axis, as skimage.transform.resize(order=3, mode="edge"): every line is extended by
// 12 copies of its end samples, prefiltered (mirror boundary), and evaluated with four taps (spec: preprocessing 6.6).
// Float64 throughout; lines are filtered side by side in small blocks, so only a slab of the volume is ever in float64.
// Axes whose size stays are left alone (the filter and its evaluation cancel out to 1e-14).
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "voxels/parallel.h"
#include "voxels/shape.h"

namespace nnunet::voxels {

/// Samples added on both ends.
constexpr int64_t kSplinePadding = 12;

struct CubicAxis {
  CubicAxis(int64_t inSize, int64_t outSize);
  bool identity() const { return inSize == outSize; }
  int64_t paddedSize() const { return inSize + 2 * kSplinePadding; }

  int64_t inSize;
  int64_t outSize;
  std::vector<int64_t> first;   ///< per output: padded index of the first of its four taps
  std::vector<double> weights;  ///< four per output
};

/// Receives row y of slice z of the result; called from several threads, every row once.
using RowSink = std::function<void(int64_t z, int64_t y, const double* row)>;

/// @param in volume of `shape`, float32
/// @param slabBytes float64 scratch of the call, at least 16 slices; two slices a thread come on top
/// Values are clipped to the range of `in`. O(voxels in + out).
void cubicVolume(const float* in, const Shape3& shape, const Shape3& newShape, const RowSink& sink,
                 const RunOptions& run, int64_t slabBytes = int64_t{48} << 20);

/// One slice (rows, columns), clipped to its own range; the sink gets z = 0. One thread.
void cubicPlane(const float* in, int64_t rows, int64_t columns, int64_t newRows, int64_t newColumns,
                const RowSink& sink);

/// Resamples axis 0 of (in, count) float64 values to (axis.outSize, count); without clipping.
void cubicAlongFirstAxis(const double* in, double* out, int64_t count, const CubicAxis& axis, const RunOptions& run);

}  // namespace nnunet::voxels
