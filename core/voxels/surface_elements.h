// Where the surface of a mask runs: the corners of voxels around which both mask and background lie.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "voxels/parallel.h"
#include "voxels/shape.h"
#include "voxels/surface_area.h"

namespace nnunet::voxels {

/// A corner of voxels and what lies around it.
struct SurfaceElement {
  uint32_t corner;  ///< y * width + x within its slice of corners
  NeighbourhoodCode code;
};

/// Elements of every slice of corners, in C order. A box of (d, h, w) voxels has (d + 1, h + 1, w + 1) corners.
/// A single slice is a picture: it has one slice of corners, and its mask goes on in front of it and behind it, so that
/// the area of an element at a depth of 1 mm is the length of the contour.
struct Surface {
  Shape3 corners;
  std::vector<std::vector<SurfaceElement>> slices;

  bool isEmpty() const;
};

/// Writes 1 where the voxels of slice z of the box belong to the mask, else 0: (h, w) of the box.
using MaskSlice = std::function<void(int64_t z, uint8_t* mask)>;

/// O(voxels of the box); scratch of a few slices a thread. Outside of the box there is no mask.
Surface surfaceOf(const MaskSlice& mask, const Shape3& shape, const RunOptions& run = {});

}  // namespace nnunet::voxels
