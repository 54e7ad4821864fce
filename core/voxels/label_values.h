// Which values a label map has.
#pragma once

#include <cstdint>
#include <vector>

#include "voxels/label_array.h"
#include "voxels/parallel.h"

namespace nnunet::voxels {

struct LabelValues {
  std::vector<int64_t> values;  ///< the integers, ascending, each once
  bool nonInteger = false;      ///< finite values that are no integers occur
  bool nonFinite = false;       ///< NaN or infinity occurs
};

/// O(voxels); scratch 16 kB a thread plus what lies outside of [-65536, 65535].
LabelValues labelValues(const LabelArray& array, const RunOptions& run = {});

}  // namespace nnunet::voxels
