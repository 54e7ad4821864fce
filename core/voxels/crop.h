// Cropping to the part of an image that is not zero, and the mask of what lies outside the object.
// Source: nnU-Net cropping.crop_to_nonzero, scipy binary_fill_holes (spec: preprocessing section 3).
#pragma once

#include <cstdint>
#include <span>

#include "voxels/parallel.h"
#include "voxels/shape.h"

namespace nnunet::voxels {

/// Tight box around the voxels that are not exactly 0 in at least one channel; the full extent where there are none.
/// @param data (channels, shape). O(voxels).
Box3 nonzeroBox(std::span<const float> data, int64_t channels, const Shape3& shape, const RunOptions& run = {});

/// Copies the box of an image.
/// @param out (channels, box.shape())
void cropImage(std::span<const float> data, int64_t channels, const Shape3& shape, const Box3& box,
               std::span<float> out, const RunOptions& run = {});

/// Copies the box of a label map and marks what is outside the object with -1: voxels that are zero in every channel
/// and 6-connected to the image border through such voxels (holes count as inside; a single slice has no holes, since
/// every voxel of it touches the border).
/// @param data         (channels, shape), the image
/// @param segmentation (shape), or empty: then 0 inside, -1 outside. A label other than 0 is kept everywhere.
/// @param box          from nonzeroBox
/// @param out          (box.shape())
/// O(voxels), one bit of scratch per voxel of the box, twice.
void cropSegmentation(std::span<const float> data, int64_t channels, const Shape3& shape,
                      std::span<const int16_t> segmentation, const Box3& box, std::span<int16_t> out,
                      const RunOptions& run = {});

}  // namespace nnunet::voxels
