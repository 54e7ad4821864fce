#include "voxels/confusion.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "voxels/dense_labels.h"
#include "voxels/error.h"

namespace nnunet::voxels {

namespace {

constexpr int64_t kGrain = int64_t{1} << 21;
constexpr int64_t kBlock = 4096;
/// Histograms of up to this many cells are plain arrays.
constexpr size_t kPlainCells = size_t{1} << 20;

/// How often every (reference, prediction) pair occurs.
class PairCounts {
 public:
  explicit PairCounts(uint32_t width) : width_(width) {
    if (size_t{width} * width <= kPlainCells) plain_.assign(size_t{width} * width, 0);
  }
  void add(uint32_t reference, uint32_t prediction, int64_t count) {
    const size_t cell = size_t{reference} * width_ + prediction;
    if (!plain_.empty()) {
      plain_[cell] += count;
    } else {
      sparse_[cell] += count;
    }
  }
  template <class Visit>
  void forEach(Visit&& visit) const {
    const auto at = [&](size_t cell, int64_t count) {
      if (count > 0) visit(static_cast<uint32_t>(cell / width_), static_cast<uint32_t>(cell % width_), count);
    };
    for (size_t cell = 0; cell < plain_.size(); ++cell) at(cell, plain_[cell]);
    for (const auto& [cell, count] : sparse_) at(cell, count);
  }

 private:
  uint32_t width_;
  std::vector<int64_t> plain_;
  std::unordered_map<size_t, int64_t> sparse_;
};

void countRange(const LabelArray& reference, const LabelArray& prediction, const DenseLabels& labels, int64_t begin,
                int64_t end, PairCounts& counts) {
  std::vector<uint32_t> ref(kBlock);
  std::vector<uint32_t> pred(kBlock);
  for (int64_t start = begin; start < end; start += kBlock) {
    const int64_t size = std::min(kBlock, end - start);
    labels.translate(reference, start, size, ref.data());
    labels.translate(prediction, start, size, pred.data());
    for (int64_t i = 0; i < size;) {
      int64_t same = i + 1;
      while (same < size && ref[same] == ref[i] && pred[same] == pred[i]) ++same;
      counts.add(ref[i], pred[i], same - i);
      i = same;
    }
  }
}

}  // namespace

std::vector<Confusion> confusionCounts(const LabelArray& reference, const LabelArray& prediction,
                                       std::span<const std::vector<int>> classes, std::optional<int> ignoreLabel,
                                       const RunOptions& run) {
  if (sizeOf(reference) != sizeOf(prediction)) {
    throw VoxelError("shape-mismatch", "Reference and prediction differ in their number of voxels");
  }
  const DenseLabels labels(classes, ignoreLabel);
  PairCounts total(labels.count());
  std::mutex totalMutex;
  parallelFor(sizeOf(reference), kGrain, run, [&](int64_t begin, int64_t end) {
    PairCounts counts(labels.count());
    countRange(reference, prediction, labels, begin, end, counts);
    const std::lock_guard lock(totalMutex);
    counts.forEach([&](uint32_t ref, uint32_t pred, int64_t count) { total.add(ref, pred, count); });
  });

  const uint32_t ignored = ignoreLabel ? labels.of(*ignoreLabel) : 0;
  std::vector<Confusion> result;
  for (const std::vector<int>& one : classes) {
    std::vector<bool> member(labels.count(), false);
    for (const int label : one) member[labels.of(label)] = true;
    Confusion confusion;
    total.forEach([&](uint32_t ref, uint32_t pred, int64_t count) {
      if (ignoreLabel && ref == ignored) return;
      int64_t& cell = member[ref] ? (member[pred] ? confusion.truePositives : confusion.falseNegatives)
                                  : (member[pred] ? confusion.falsePositives : confusion.trueNegatives);
      cell += count;
    });
    result.push_back(confusion);
  }
  return result;
}

}  // namespace nnunet::voxels
