// When a resampling can be done one output row at a time (orders 0 and 1), and the sampler for it; shared by resampling
// and export.
#pragma once

#include <cstddef>
#include <optional>

#include "voxels/corners.h"
#include "voxels/resample.h"

namespace nnunet::voxels {

/// @throws VoxelError "empty-shape", "bad-spacing", "shape-mismatch", "unsupported-order"
/// @param in, out  how many values there are
void checkResampling(size_t in, size_t out, const ResampleGeometry& geometry, const ResampleSettings& settings);

/// True for order 0 or 1 whose separate axis, if any, takes the nearest slice.
bool usesCorners(const ResampleSettings& settings, std::optional<int> separate);

/// @param order 0 or 1 @param separate axis along which the nearest slice is taken
CornerSampler cornerSampler(const ResampleGeometry& geometry, int order, std::optional<int> separate);

}  // namespace nnunet::voxels
