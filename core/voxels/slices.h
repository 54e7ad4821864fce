// Slices of a volume along any axis, as contiguous planes; for resampling that treats a coarse axis by itself.
#pragma once

#include <cstdint>

#include "voxels/shape.h"

namespace nnunet::voxels {

/// The two axes of a slice across `axis`, in order.
struct SliceAxes {
  int rows;
  int columns;
};
inline SliceAxes sliceAxes(int axis) {
  return {axis == 0 ? 1 : 0, axis == 2 ? 1 : 2};
}

/// Where row `row` of slice `index` across `axis` starts, and how far apart its values lie.
struct SliceRow {
  int64_t offset;
  int64_t stride;
};
inline SliceRow sliceRow(const Shape3& shape, int axis, int64_t index, int64_t row) {
  const Shape3 strides{shape[1] * shape[2], shape[2], 1};
  const SliceAxes axes = sliceAxes(axis);
  return {index * strides[axis] + row * strides[axes.rows], strides[axes.columns]};
}

/// Copies slice `index` across `axis` to a (rows, columns) plane.
template <class From, class To>
void readSlice(const From* volume, const Shape3& shape, int axis, int64_t index, To* plane) {
  const SliceAxes axes = sliceAxes(axis);
  for (int64_t r = 0; r < shape[axes.rows]; ++r) {
    const SliceRow at = sliceRow(shape, axis, index, r);
    for (int64_t c = 0; c < shape[axes.columns]; ++c) *plane++ = static_cast<To>(volume[at.offset + c * at.stride]);
  }
}

}  // namespace nnunet::voxels
