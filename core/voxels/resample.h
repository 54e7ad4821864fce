// Resampling of images, label maps and logits to a new shape, as nnU-Net's resample_data_or_seg_to_shape (spec:
// preprocessing section 6): half-pixel centres, edges replicated; "separate z" resamples every slice along a coarse
// axis by itself. Arrays are (channels, z, y, x).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "voxels/parallel.h"
#include "voxels/shape.h"

namespace nnunet::voxels {

struct ResampleSettings {
  int order = 3;   ///< 0 nearest, 1 linear, 3 cubic B-spline
  int orderZ = 0;  ///< along the separate axis
  std::optional<bool> forceSeparateZ = std::nullopt;
};

/// Axis whose slices are resampled one by one, or nothing: the axis of the largest spacing where it is more than three
/// times the smallest one, in the current spacing or else in the new one (spec 6.1).
std::optional<int> separateAxis(const Spacing3& current, const Spacing3& target, std::optional<bool> force);

/// shape * current / target per axis, rounded half to even.
Shape3 resampledShape(const Shape3& shape, const Spacing3& current, const Spacing3& target);

/// What to resample; `channels` volumes of `shape` become `channels` volumes of `newShape`.
struct ResampleGeometry {
  int64_t channels = 1;
  Shape3 shape;
  Shape3 newShape;
  Spacing3 spacing;
  Spacing3 newSpacing;
};

/// Images: float32 in and out, float64 between. Order 3: O(voxels in + voxels out), scratch about 48 MB a call (it does
/// not grow with the number of slices); order 1 and 0: no scratch beyond rows.
void resampleImage(std::span<const float> in, std::span<float> out, const ResampleGeometry& geometry,
                   const ResampleSettings& settings, const RunOptions& run = {});

/// Logits or probabilities in float16 bits: computed in float64, rounded once.
void resampleLogits(std::span<const uint16_t> in, std::span<uint16_t> out, const ResampleGeometry& geometry,
                    const ResampleSettings& settings, const RunOptions& run = {});

/// Label maps: the label whose indicator, resampled, is largest; ties go to the nearest voxel's label if it is one of
/// those tied, else to the smallest (spec 6.5). Order 1 takes one pass over the voxels whatever the number of labels.
/// A map without voxels gives zeros.
void resampleLabels(std::span<const int16_t> in, std::span<int16_t> out, const ResampleGeometry& geometry,
                    const ResampleSettings& settings, const RunOptions& run = {});

}  // namespace nnunet::voxels
