// Agreement of a prediction with a reference, for every label or region at once (spec: inference section 9).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "voxels/label_array.h"
#include "voxels/parallel.h"

namespace nnunet::voxels {

struct Confusion {
  int64_t truePositives = 0;
  int64_t falsePositives = 0;
  int64_t falseNegatives = 0;
  int64_t trueNegatives = 0;
  bool operator==(const Confusion&) const = default;
};

/// @param classes   each a label or a region (a union of labels)
/// @param ignoreLabel voxels that have it in the reference are not counted
/// One pass over the voxels whatever the number of classes: a joint histogram of (reference, prediction) is counted,
/// and the classes are read off it.
/// @throws VoxelError "shape-mismatch"
std::vector<Confusion> confusionCounts(const LabelArray& reference, const LabelArray& prediction,
                                       std::span<const std::vector<int>> classes, std::optional<int> ignoreLabel,
                                       const RunOptions& run = {});

}  // namespace nnunet::voxels
