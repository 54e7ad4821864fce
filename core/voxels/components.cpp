#include "voxels/components.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "voxels/error.h"

namespace nnunet::voxels {

namespace {

/// Foreground voxels [begin, end) of one row, as linear indices.
struct Run {
  int64_t begin;
  int64_t end;
  int32_t parent;
};

class Runs {
 public:
  template <class IsForeground>
  Runs(const Shape3& shape, Connectivity connectivity, IsForeground&& foreground, const RunOptions& run)
      : shape_(shape), rowStart_(shape[0] * shape[1] + 1, 0) {
    for (int64_t row = 0; row < shape[0] * shape[1]; ++row) {
      if (row % shape[1] == 0) run.throwIfCancelled();
      rowStart_[row] = static_cast<int64_t>(runs_.size());
      addRow(row, foreground);
      rowStart_[row + 1] = static_cast<int64_t>(runs_.size());
      joinEarlierRows(row, connectivity);
    }
    numberComponents();
  }

  const std::vector<Run>& runs() const { return runs_; }
  /// Component of a run, from 0 in C order.
  int32_t component(size_t run) const { return component_[run]; }
  const std::vector<int64_t>& sizes() const { return sizes_; }

 private:
  template <class IsForeground>
  void addRow(int64_t row, IsForeground&& foreground) {
    const int64_t end = (row + 1) * shape_[2];
    for (int64_t i = row * shape_[2]; i < end;) {
      while (i < end && !foreground(i)) ++i;
      const int64_t begin = i;
      while (i < end && foreground(i)) ++i;
      if (begin == i) break;
      if (runs_.size() >= static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
        throw VoxelError("volume-too-large", "The mask is too fragmented for connected components");
      }
      runs_.push_back({begin, i, static_cast<int32_t>(runs_.size())});
    }
  }

  void joinEarlierRows(int64_t row, Connectivity connectivity) {
    const int64_t z = row / shape_[1];
    const int64_t y = row % shape_[1];
    const bool full = connectivity == Connectivity::Full;
    const int64_t slack = full ? 1 : 0;
    if (y > 0) join(row - 1, row, slack);
    if (z == 0) return;
    join(row - shape_[1], row, slack);
    if (full && y > 0) join(row - shape_[1] - 1, row, slack);
    if (full && y + 1 < shape_[1]) join(row - shape_[1] + 1, row, slack);
  }

  /// Unites runs of two rows that overlap, or come within `slack` voxels of it.
  void join(int64_t earlier, int64_t row, int64_t slack) {
    int64_t a = rowStart_[earlier];
    int64_t b = rowStart_[row];
    const int64_t shift = (row - earlier) * shape_[2];
    while (a < rowStart_[earlier + 1] && b < rowStart_[row + 1]) {
      const int64_t beginA = runs_[a].begin + shift;
      const int64_t endA = runs_[a].end + shift;
      if (beginA < runs_[b].end + slack && runs_[b].begin < endA + slack) {
        unite(static_cast<int32_t>(a), static_cast<int32_t>(b));
      }
      if (endA < runs_[b].end) {
        ++a;
      } else {
        ++b;
      }
    }
  }

  int32_t root(int32_t run) {
    while (runs_[run].parent != run) {
      runs_[run].parent = runs_[runs_[run].parent].parent;
      run = runs_[run].parent;
    }
    return run;
  }

  void unite(int32_t a, int32_t b) {
    a = root(a);
    b = root(b);
    if (a == b) return;
    if (a > b) std::swap(a, b);
    runs_[b].parent = a;  // the first run stays the root, which numbers components in C order
  }

  void numberComponents() {
    component_.resize(runs_.size());
    for (size_t i = 0; i < runs_.size(); ++i) {
      const auto rootRun = static_cast<size_t>(root(static_cast<int32_t>(i)));
      if (rootRun == i) {
        component_[i] = static_cast<int32_t>(sizes_.size());
        sizes_.push_back(0);
      } else {
        component_[i] = component_[rootRun];
      }
      sizes_[component_[i]] += runs_[i].end - runs_[i].begin;
    }
  }

  Shape3 shape_;
  std::vector<int64_t> rowStart_;
  std::vector<Run> runs_;
  std::vector<int32_t> component_;
  std::vector<int64_t> sizes_;
};

template <class Label>
int64_t keepLargest(std::span<Label> segmentation, const Shape3& shape, std::span<const int> labels,
                    const RunOptions& run) {
  std::vector<Label> wanted;
  for (const int label : labels) {
    if (label == static_cast<Label>(label)) wanted.push_back(static_cast<Label>(label));
  }
  const auto foreground = [&](int64_t i) {
    const Label value = segmentation[i];
    return value != 0 && std::find(wanted.begin(), wanted.end(), value) != wanted.end();
  };
  const Runs runs(shape, Connectivity::Full, foreground, run);
  if (runs.sizes().empty()) return 0;
  const int64_t largest = *std::max_element(runs.sizes().begin(), runs.sizes().end());
  int64_t removed = 0;
  for (size_t i = 0; i < runs.runs().size(); ++i) {
    if (runs.sizes()[runs.component(i)] == largest) continue;
    const Run& gone = runs.runs()[i];
    std::fill(segmentation.begin() + gone.begin, segmentation.begin() + gone.end, Label{0});
    removed += gone.end - gone.begin;
  }
  return removed;
}

}  // namespace

Components connectedComponents(std::span<const uint8_t> mask, const Shape3& shape, Connectivity connectivity,
                               const RunOptions& run) {
  const Runs runs(shape, connectivity, [&](int64_t i) { return mask[i] != 0; }, run);
  Components result;
  result.labels.assign(voxelCount(shape), 0);
  result.sizes = runs.sizes();
  for (size_t i = 0; i < runs.runs().size(); ++i) {
    const Run& one = runs.runs()[i];
    std::fill(result.labels.begin() + one.begin, result.labels.begin() + one.end, runs.component(i) + 1);
  }
  return result;
}

int64_t keepLargestComponent(std::span<uint8_t> segmentation, const Shape3& shape, std::span<const int> labels,
                             const RunOptions& run) {
  return keepLargest(segmentation, shape, labels, run);
}
int64_t keepLargestComponent(std::span<uint16_t> segmentation, const Shape3& shape, std::span<const int> labels,
                             const RunOptions& run) {
  return keepLargest(segmentation, shape, labels, run);
}
int64_t keepLargestComponent(std::span<int16_t> segmentation, const Shape3& shape, std::span<const int> labels,
                             const RunOptions& run) {
  return keepLargest(segmentation, shape, labels, run);
}
int64_t keepLargestComponent(std::span<int32_t> segmentation, const Shape3& shape, std::span<const int> labels,
                             const RunOptions& run) {
  return keepLargest(segmentation, shape, labels, run);
}

}  // namespace nnunet::voxels
