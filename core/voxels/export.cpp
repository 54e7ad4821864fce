#include "voxels/export.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>

#include "voxels/error.h"
#include "voxels/half.h"
#include "voxels/resample_corners.h"
#include "voxels/simd.h"
#include "voxels/transpose.h"

namespace nnunet::voxels {

namespace {

/// Smallest logits above this have a float32 sigmoid above 0.5: below, 1 + exp(-x) rounds to 2.
constexpr float kHalfProbability = 1.5f * 0x1p-24f;

constexpr int64_t kLanes = 16;

/// Side by side, so that the compiler may vectorise: an extremum does not depend on the order. NaN never counts.
NNUNET_SIMD float largestOf(const float* values, int64_t count) {
  float lanes[kLanes];
  std::fill_n(lanes, kLanes, -std::numeric_limits<float>::infinity());
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (int64_t l = 0; l < kLanes; ++l) lanes[l] = values[i + l] > lanes[l] ? values[i + l] : lanes[l];
  }
  for (; i < count; ++i) lanes[0] = values[i] > lanes[0] ? values[i] : lanes[0];
  return *std::max_element(lanes, lanes + kLanes);
}

NNUNET_SIMD float smallestOf(const float* values, int64_t count) {
  float lanes[kLanes];
  std::fill_n(lanes, kLanes, std::numeric_limits<float>::infinity());
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (int64_t l = 0; l < kLanes; ++l) lanes[l] = values[i + l] < lanes[l] ? values[i + l] : lanes[l];
  }
  for (; i < count; ++i) lanes[0] = values[i] < lanes[0] ? values[i] : lanes[0];
  return *std::min_element(lanes, lanes + kLanes);
}

/// Takes over `head` where it is larger, or as large and lower.
NNUNET_SIMD void keepLarger(const float* values, int32_t head, float* best, int32_t* chosen, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const bool take = (values[i] > best[i]) | ((values[i] == best[i]) & (head < chosen[i]));
    best[i] = take ? values[i] : best[i];
    chosen[i] = take ? head : chosen[i];
  }
}

ResampleGeometry geometryOf(const ExportSettings& settings) {
  return {settings.heads, settings.shape, settings.resampledShape, settings.spacing, settings.resampledSpacing};
}

/// Rows of the resampled logits of every head, rounded to the logits' own type as nnU-Net stores them.
template <class Element>
class LogitRows {
 public:
  LogitRows(std::span<const Element> logits, const ExportSettings& settings, const RunOptions& run)
      : size_(settings.resampledShape),
        inShape_(settings.shape),
        inVolume_(voxelCount(settings.shape)),
        values_(logits.data()) {
    const ResampleGeometry geometry = geometryOf(settings);
    checkResampling(logits.size(), voxelCount(settings.heads, settings.resampledShape), geometry, settings.resampling);
    if (settings.shape == settings.resampledShape) {
      findLargest(settings.heads, run);
      return;
    }
    const std::optional<int> separate =
        separateAxis(settings.spacing, settings.resampledSpacing, settings.resampling.forceSeparateZ);
    if (usesCorners(settings.resampling, separate)) {
      sampler_ = cornerSampler(geometry, settings.resampling.order, separate);
      findLargest(settings.heads, run);
      return;
    }
    // Cubic resampling of logits is nobody's default: all heads at once, and no bounds.
    resampled_.resize(voxelCount(settings.heads, size_));
    if constexpr (std::is_same_v<Element, float>) {
      resampleImage(logits, resampled_, geometry, settings.resampling, run);
    } else {
      resampleLogits(logits, resampled_, geometry, settings.resampling, run);
    }
    values_ = resampled_.data();
    inVolume_ = voxelCount(size_);
  }

  struct Scratch {
    CornerSampler::Scratch corners;
    std::vector<double> row;
    std::vector<uint16_t> half;
  };

  /// No value of the row is larger: interpolation stays within the input rows' values.
  float bound(int64_t head, int64_t z, int64_t y) const {
    if (largest_.empty()) return std::numeric_limits<float>::infinity();
    const float* rows = largest_.data() + head * inShape_[0] * inShape_[1];
    if (!sampler_) return rows[z * inShape_[1] + y];
    std::array<int64_t, 4> used;
    const int count = sampler_->inputRows(z, y, used);
    float bound = rows[used[0]];
    for (int r = 1; r < count; ++r) bound = std::max(bound, rows[used[r]]);
    return bound;
  }

  void read(int64_t head, int64_t z, int64_t y, float* out, Scratch& scratch) const {
    const Element* volume = values_ + head * inVolume_;
    const auto count = static_cast<size_t>(size_[2]);
    if (!sampler_) {
      const Element* row = volume + (z * size_[1] + y) * size_[2];
      if constexpr (std::is_same_v<Element, float>) {
        std::copy_n(row, count, out);
      } else {
        halfToFloat(std::span(row, count), std::span(out, count));
      }
      return;
    }
    scratch.row.resize(count);
    sampler_->row(volume, z, y, scratch.row.data(), scratch.corners);
    if constexpr (std::is_same_v<Element, float>) {
      std::transform(scratch.row.begin(), scratch.row.end(), out, [](double v) { return static_cast<float>(v); });
    } else {
      scratch.half.resize(count);
      doubleToHalf(scratch.row, scratch.half);
      halfToFloat(std::span<const uint16_t>(scratch.half), std::span(out, count));
    }
  }

 private:
  /// The largest value of every input row of every head.
  void findLargest(int64_t heads, const RunOptions& run) {
    const int64_t width = inShape_[2];
    largest_.resize(heads * inShape_[0] * inShape_[1]);
    parallelFor(static_cast<int64_t>(largest_.size()), 1024, run, [&](int64_t begin, int64_t end) {
      std::vector<float> row(width);
      for (int64_t i = begin; i < end; ++i) {
        if constexpr (std::is_same_v<Element, float>) {
          std::copy_n(values_ + i * width, width, row.data());
        } else {
          halfToFloat(std::span(values_ + i * width, width), std::span(row));
        }
        largest_[i] = largestOf(row.data(), width);
      }
    });
  }

  Shape3 size_;
  Shape3 inShape_;
  int64_t inVolume_;
  const Element* values_;
  std::vector<Element> resampled_;
  std::vector<float> largest_;  ///< (heads, input rows)
  std::optional<CornerSampler> sampler_;
};

/// Where a voxel of the cropped, transposed volume lies in the original array.
class Placement {
 public:
  explicit Placement(const ExportSettings& settings)
      : shape_(transposedShape(settings.fullShape, settings.transposeBackward)) {
    const Shape3 strides{shape_[1] * shape_[2], shape_[2], 1};
    const Axes3 back = inverseAxes(settings.transposeBackward);
    for (int i = 0; i < 3; ++i) {
      stride_[i] = strides[back[i]];
      start_ += settings.box.low[i] * stride_[i];
    }
  }
  const Shape3& shape() const { return shape_; }
  int64_t rowStart(int64_t z, int64_t y) const { return start_ + z * stride_[0] + y * stride_[1]; }
  int64_t rowStride() const { return stride_[2]; }

 private:
  Shape3 shape_;
  Shape3 stride_{};
  int64_t start_ = 0;
};

/// Decides the labels of one row. `Label` is the type of the result.
template <class Element, class Label>
class RowExport {
 public:
  RowExport(const LogitRows<Element>& rows, const ExportSettings& settings, const Placement& placement, Label* labels,
            float* probabilities)
      : rows_(rows), settings_(settings), placement_(placement), labels_(labels), probabilities_(probabilities) {
    width_ = settings.resampledShape[2];
    values_.resize(width_);
    best_.resize(width_);
    chosen_.resize(width_);
    if (probabilities != nullptr) table_.resize(settings.heads * width_);
  }

  void write(int64_t z, int64_t y) {
    if (probabilities_ != nullptr) {
      decideWithProbabilities(z, y);
    } else if (settings_.rule.regionsClassOrder.empty()) {
      decideByLargest(z, y);
    } else {
      decideByRegions(z, y);
    }
    const int64_t stride = placement_.rowStride();
    Label* target = labels_ + placement_.rowStart(z, y);
    for (int64_t x = 0; x < width_; ++x) target[x * stride] = static_cast<Label>(chosen_[x]);
  }

 private:
  /// Heads that reach highest in this row come first; the others then seldom need to be interpolated.
  void decideByLargest(int64_t z, int64_t y) {
    bounds_.clear();
    for (int64_t head = 0; head < settings_.heads; ++head) bounds_.emplace_back(rows_.bound(head, z, y), head);
    std::sort(bounds_.begin(), bounds_.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    const auto first = static_cast<int32_t>(bounds_[0].second);
    rows_.read(first, z, y, best_.data(), scratch_);
    std::fill(chosen_.begin(), chosen_.end(), first);
    float lowest = smallestOf(best_.data(), width_);
    for (size_t i = 1; i < bounds_.size() && bounds_[i].first >= lowest; ++i) {
      rows_.read(bounds_[i].second, z, y, values_.data(), scratch_);
      keepLarger(values_.data(), static_cast<int32_t>(bounds_[i].second), best_.data(), chosen_.data(), width_);
      lowest = smallestOf(best_.data(), width_);
    }
  }

  void decideByRegions(int64_t z, int64_t y) {
    std::fill(chosen_.begin(), chosen_.end(), 0);
    for (int64_t head = 0; head < settings_.heads; ++head) {
      if (rows_.bound(head, z, y) <= kHalfProbability) continue;
      rows_.read(head, z, y, values_.data(), scratch_);
      const int32_t label = settings_.rule.regionsClassOrder[head];
      for (int64_t x = 0; x < width_; ++x) {
        if (values_[x] > kHalfProbability) chosen_[x] = label;
      }
    }
  }

  void decideWithProbabilities(int64_t z, int64_t y) {
    const int64_t heads = settings_.heads;
    for (int64_t head = 0; head < heads; ++head) rows_.read(head, z, y, &table_[head * width_], scratch_);
    std::fill(chosen_.begin(), chosen_.end(), 0);
    if (settings_.rule.regionsClassOrder.empty()) {
      softmax();
      std::copy_n(table_.data(), width_, best_.data());
      for (int64_t head = 1; head < heads; ++head) {
        keepLarger(&table_[head * width_], static_cast<int32_t>(head), best_.data(), chosen_.data(), width_);
      }
    } else {
      for (float& value : table_) value = 1.0f / (1.0f + std::exp(-value));
      for (int64_t head = 0; head < heads; ++head) {
        const int32_t label = settings_.rule.regionsClassOrder[head];
        for (int64_t x = 0; x < width_; ++x) {
          if (table_[head * width_ + x] > 0.5f) chosen_[x] = label;
        }
      }
    }
    const int64_t stride = placement_.rowStride();
    for (int64_t head = 0; head < heads; ++head) {
      float* target = probabilities_ + head * voxelCount(placement_.shape()) + placement_.rowStart(z, y);
      for (int64_t x = 0; x < width_; ++x) target[x * stride] = table_[head * width_ + x];
    }
  }

  void softmax() {
    const int64_t heads = settings_.heads;
    std::copy_n(table_.data(), width_, best_.data());
    for (int64_t i = width_; i < heads * width_; ++i) best_[i % width_] = std::max(best_[i % width_], table_[i]);
    std::fill(values_.begin(), values_.end(), 0.0f);
    for (int64_t head = 0; head < heads; ++head) {
      float* row = &table_[head * width_];
      for (int64_t x = 0; x < width_; ++x) {
        row[x] = std::exp(row[x] - best_[x]);
        values_[x] += row[x];
      }
    }
    for (int64_t head = 0; head < heads; ++head) {
      float* row = &table_[head * width_];
      for (int64_t x = 0; x < width_; ++x) row[x] /= values_[x];
    }
  }

  const LogitRows<Element>& rows_;
  const ExportSettings& settings_;
  const Placement& placement_;
  Label* labels_;
  float* probabilities_;
  int64_t width_ = 0;
  std::vector<float> values_;
  std::vector<float> best_;
  std::vector<int32_t> chosen_;
  std::vector<std::pair<float, int64_t>> bounds_;  ///< per head, largest first
  std::vector<float> table_;                       ///< (heads, width)
  typename LogitRows<Element>::Scratch scratch_;
};

void check(const ExportSettings& settings) {
  checkAxes(settings.transposeBackward);
  const Shape3 inside = settings.box.shape();
  for (int i = 0; i < 3; ++i) {
    if (inside[i] != settings.resampledShape[i] || settings.box.low[i] < 0 ||
        settings.box.high[i] > settings.fullShape[i]) {
      throw VoxelError("box-mismatch", "The bounding box does not fit the image's shape before and after cropping");
    }
  }
  const std::vector<int>& order = settings.rule.regionsClassOrder;
  if (settings.heads < 1 || (!order.empty() && static_cast<int64_t>(order.size()) != settings.heads)) {
    throw VoxelError("heads-mismatch", "The network has " + std::to_string(settings.heads) +
                                           " outputs, which does not fit the number of regions");
  }
}

template <class Label, class Element>
std::vector<Label> exportRows(const LogitRows<Element>& rows, const ExportSettings& settings,
                              const Placement& placement, float* probabilities, const RunOptions& run) {
  std::vector<Label> labels(voxelCount(placement.shape()), 0);
  parallelFor(settings.resampledShape[0], 1, run, [&](int64_t begin, int64_t end) {
    RowExport<Element, Label> exporter(rows, settings, placement, labels.data(), probabilities);
    for (int64_t z = begin; z < end; ++z) {
      for (int64_t y = 0; y < settings.resampledShape[1]; ++y) exporter.write(z, y);
    }
  });
  return labels;
}

template <class Element>
ExportedLabels exportAny(std::span<const Element> logits, const ExportSettings& settings, bool probabilities,
                         const RunOptions& run) {
  check(settings);
  const LogitRows<Element> rows(logits, settings, run);
  const Placement placement(settings);
  ExportedLabels result;
  result.shape = placement.shape();
  if (probabilities) {
    const int64_t volume = voxelCount(result.shape);
    result.probabilities.assign(settings.heads * volume, 0.0f);
    if (settings.rule.regionsClassOrder.empty()) std::fill_n(result.probabilities.begin(), volume, 1.0f);
  }
  float* table = probabilities ? result.probabilities.data() : nullptr;
  if (needsWideLabels(settings)) {
    result.labels = exportRows<uint16_t>(rows, settings, placement, table, run);
  } else {
    result.labels = exportRows<uint8_t>(rows, settings, placement, table, run);
  }
  return result;
}

}  // namespace

bool needsWideLabels(const ExportSettings& settings) {
  const std::vector<int>& order = settings.rule.regionsClassOrder;
  const int64_t largest = order.empty() ? settings.heads - 1 : *std::max_element(order.begin(), order.end());
  return largest >= 255;
}

ExportedLabels exportLogits(std::span<const uint16_t> logits, const ExportSettings& settings, bool probabilities,
                            const RunOptions& run) {
  return exportAny(logits, settings, probabilities, run);
}
ExportedLabels exportLogits(std::span<const float> logits, const ExportSettings& settings, bool probabilities,
                            const RunOptions& run) {
  return exportAny(logits, settings, probabilities, run);
}

}  // namespace nnunet::voxels
