// Where the voxels of every class lie, so that training can centre patches on them (spec: preprocessing section 7).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "voxels/parallel.h"
#include "voxels/shape.h"

namespace nnunet::voxels {

struct ClassLocations {
  std::vector<int32_t> rows;    ///< (N, 4): request index, z, y, x; grouped by request, in drawn order
  std::vector<int64_t> counts;  ///< rows of each request
};

/// For every request (a list of labels) a random subset of its voxels without duplicates: at least 10000 and at least 1
/// % of them, or all. RandomState(1234), permutation of the voxels listed label by label, as the request writes them.
/// @param segmentation (shape) O(voxels + voxels of the requests)
ClassLocations classLocations(std::span<const int16_t> segmentation, const Shape3& shape,
                              std::span<const std::vector<int>> requests, const RunOptions& run = {});

}  // namespace nnunet::voxels
