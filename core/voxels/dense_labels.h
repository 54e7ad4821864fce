// Small consecutive numbers for the label values that somebody asks for, so that a table answers for every voxel.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "voxels/error.h"
#include "voxels/label_array.h"

namespace nnunet::voxels {

/// Dense numbers for the labels that matter; 0 is every other value.
class DenseLabels {
 public:
  DenseLabels(std::span<const std::vector<int>> classes, std::optional<int> ignoreLabel) {
    if (ignoreLabel) add(*ignoreLabel);
    for (const std::vector<int>& one : classes) {
      for (const int label : one) add(label);
    }
    if (numbers_.empty()) return;
    low_ = numbers_.begin()->first;
    const int64_t range = numbers_.rbegin()->first - low_ + 1;
    if (range > int64_t{1} << 20) throw VoxelError("labels-too-far-apart", "Label values lie too far apart");
    table_.assign(range, 0);
    for (const auto& [label, number] : numbers_) table_[label - low_] = number;
  }

  uint32_t count() const { return static_cast<uint32_t>(numbers_.size()) + 1; }
  uint32_t of(int64_t label) const {
    const uint64_t at = static_cast<uint64_t>(label) - static_cast<uint64_t>(low_);
    return at < table_.size() ? table_[at] : 0;
  }

  void translate(const LabelArray& array, int64_t begin, int64_t count, uint32_t* out) const {
    std::visit(
        [&](auto values) {
          for (int64_t i = 0; i < count; ++i) out[i] = of(asLabel(values[begin + i]));
        },
        array);
  }

 private:
  void add(int label) { numbers_.try_emplace(label, static_cast<uint32_t>(numbers_.size()) + 1); }

  std::map<int64_t, uint32_t> numbers_;
  std::vector<uint32_t> table_;
  int64_t low_ = 0;
};

}  // namespace nnunet::voxels
