// How far is it to a surface? The exact Euclidean distance, at any spacing.
#pragma once

#include <vector>

#include "voxels/parallel.h"
#include "voxels/shape.h"
#include "voxels/surface_elements.h"

namespace nnunet::voxels {

/// From every corner of the other surface to the nearest corner of this one, mm; infinite where this one is empty.
/// Both in the same box. Separable: within rows and slices the squared distances of all corners are found (lower
/// envelopes of parabolas: Felzenszwalb and Huttenlocher 2012), O(corners) and 4 bytes each; across slices only those
/// that are asked for, outwards until no slice can be nearer, at most one look a slice.
/// @returns one list for every slice of `from`, in the order of its elements
std::vector<std::vector<double>> distancesBetween(const Surface& from, const Surface& to, const Spacing3& spacing,
                                                  const RunOptions& run = {});

}  // namespace nnunet::voxels
