// Connected components of label maps (spec: inference section 8).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "voxels/parallel.h"
#include "voxels/shape.h"

namespace nnunet::voxels {

/// Full: voxels that touch in a corner belong together (26 neighbours, 8 in a single slice). Faces: 6 neighbours.
enum class Connectivity { Full, Faces };

struct Components {
  std::vector<int32_t> labels;  ///< (shape): 0 background, else the component's number in C order of its first voxel
  std::vector<int64_t> sizes;   ///< voxels of component i + 1
};

/// @param mask (shape), foreground is not 0
/// Union-find over runs of voxels: O(voxels), scratch proportional to the number of runs.
Components connectedComponents(std::span<const uint8_t> mask, const Shape3& shape, Connectivity connectivity,
                               const RunOptions& run = {});

/// Keeps, of the voxels that have one of `labels`, only the largest component (full connectivity), and all components
/// that are equally large; the others become 0. Other labels stay. In place.
/// @returns how many voxels were removed
int64_t keepLargestComponent(std::span<uint8_t> segmentation, const Shape3& shape, std::span<const int> labels,
                             const RunOptions& run = {});
int64_t keepLargestComponent(std::span<uint16_t> segmentation, const Shape3& shape, std::span<const int> labels,
                             const RunOptions& run = {});
int64_t keepLargestComponent(std::span<int16_t> segmentation, const Shape3& shape, std::span<const int> labels,
                             const RunOptions& run = {});
int64_t keepLargestComponent(std::span<int32_t> segmentation, const Shape3& shape, std::span<const int> labels,
                             const RunOptions& run = {});

}  // namespace nnunet::voxels
