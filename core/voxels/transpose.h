// Permutes the axes of a volume.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "voxels/parallel.h"
#include "voxels/shape.h"

namespace nnunet::voxels {

/// Shape after transposition: result[i] = shape[axes[i]].
Shape3 transposedShape(const Shape3& shape, const Axes3& axes);
/// The permutation that undoes `axes`.
Axes3 inverseAxes(const Axes3& axes);
/// @throws VoxelError "bad-axes" unless axes is a permutation of 0, 1, 2
void checkAxes(const Axes3& axes);

/// out(c, i0, i1, i2) = in(c, ...) with source axis axes[k] at position k, as numpy's transpose made contiguous.
/// @param in  channels volumes of `shape`, C-order, elements of `elementSize` bytes (1, 2, 4 or 8)
/// @param out as many bytes as `in`
/// O(voxels), in tiles that use whole cache lines on both sides.
void transpose(const std::byte* in, std::byte* out, size_t elementSize, int64_t channels, const Shape3& shape,
               const Axes3& axes, const RunOptions& run = {});

}  // namespace nnunet::voxels
