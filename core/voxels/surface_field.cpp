#include "voxels/surface_field.h"

#include <cmath>
#include <limits>
#include <memory>

namespace nnunet::voxels {

namespace {

constexpr double kFar = std::numeric_limits<double>::infinity();

/// Squared distances along a row to the nearest of `columns` (ascending, not empty).
void distancesInRow(const std::vector<int64_t>& columns, int64_t width, double spacing, float* row) {
  size_t nearest = 0;
  for (int64_t x = 0; x < width; ++x) {
    while (nearest + 1 < columns.size() && columns[nearest + 1] - x <= std::abs(x - columns[nearest])) ++nearest;
    const double mm = static_cast<double>(x - columns[nearest]) * spacing;
    row[x] = static_cast<float>(mm * mm);
  }
}

/// Squared distances within one slice of corners.
class SliceDistances {
 public:
  SliceDistances(int64_t height, int64_t width, const Spacing3& spacing)
      : height_(height), width_(width), spacing_(spacing), rows_(height * width), lowest_(height), until_(height) {}

  /// @param elements not empty. @param distances (height, width)
  void compute(const std::vector<SurfaceElement>& elements, float* distances) {
    fillRows(elements);
    for (int64_t x = 0; x < width_; ++x) column(x, distances + x);
  }

 private:
  void fillRows(const std::vector<SurfaceElement>& elements) {
    filled_.clear();
    for (size_t i = 0; i < elements.size();) {
      const int64_t y = elements[i].corner / width_;
      columns_.clear();
      for (; i < elements.size() && elements[i].corner / width_ == y; ++i) {
        columns_.push_back(elements[i].corner % width_);
      }
      distancesInRow(columns_, width_, spacing_[2], rows_.data() + filled_.size() * width_);
      filled_.push_back(y);
    }
  }

  /// The lower envelope of the parabolas that stand on the rows with elements, read off at every row.
  void column(int64_t x, float* out) {
    const double unit = spacing_[1] * spacing_[1];
    const auto heightOf = [&](size_t row) { return static_cast<double>(rows_[row * width_ + x]); };
    size_t last = 0;
    lowest_[0] = 0;
    for (size_t row = 1; row < filled_.size(); ++row) {
      const auto y = static_cast<double>(filled_[row]);
      double from;
      while (true) {
        const size_t other = lowest_[last];
        const auto yOther = static_cast<double>(filled_[other]);
        from = ((heightOf(row) - heightOf(other)) / unit / (y - yOther) + y + yOther) / 2;
        if (last == 0 || from > until_[last - 1]) break;
        --last;
      }
      until_[last] = from;
      lowest_[++last] = row;
    }
    size_t at = 0;
    for (int64_t y = 0; y < height_; ++y) {
      while (at<last&& static_cast<double>(y)> until_[at]) ++at;
      const auto steps = static_cast<double>(y - filled_[lowest_[at]]);
      out[y * width_] = static_cast<float>(heightOf(lowest_[at]) + steps * steps * unit);
    }
  }

  int64_t height_;
  int64_t width_;
  Spacing3 spacing_;
  std::vector<float> rows_;      ///< only those with elements, one after the other
  std::vector<int64_t> filled_;  ///< which rows these are
  std::vector<int64_t> columns_;
  std::vector<size_t> lowest_;  ///< the rows whose parabolas make the envelope
  std::vector<double> until_;   ///< where the next one becomes the lowest
};

}  // namespace

std::vector<std::vector<double>> distancesBetween(const Surface& from, const Surface& to, const Spacing3& spacing,
                                                  const RunOptions& run) {
  const auto [depth, height, width] = to.corners;
  const int64_t cornersOfSlice = height * width;
  // Not filled beforehand: slices without elements are never read.
  const std::unique_ptr<float[]> field(new float[voxelCount(to.corners)]);
  parallelFor(depth, 4, run, [&](int64_t begin, int64_t end) {
    SliceDistances slice(height, width, spacing);
    for (int64_t z = begin; z < end; ++z) {
      if (!to.slices[z].empty()) slice.compute(to.slices[z], field.get() + z * cornersOfSlice);
    }
  });

  std::vector<std::vector<double>> distances(from.slices.size());
  parallelFor(depth, 1, run, [&](int64_t begin, int64_t end) {
    for (int64_t z = begin; z < end; ++z) {
      distances[z].reserve(from.slices[z].size());
      for (const SurfaceElement& element : from.slices[z]) {
        double nearest = kFar;
        const auto look = [&](int64_t other, double squaredSteps) {
          if (other < 0 || other >= depth || to.slices[other].empty()) return;
          const double squared = field[other * cornersOfSlice + element.corner] + squaredSteps;
          if (squared < nearest) nearest = squared;
        };
        for (int64_t steps = 0; steps < depth; ++steps) {
          const double mm = static_cast<double>(steps) * spacing[0];
          if (mm * mm >= nearest) break;
          look(z - steps, mm * mm);
          if (steps > 0) look(z + steps, mm * mm);
        }
        distances[z].push_back(std::sqrt(nearest));
      }
    }
  });
  return distances;
}

}  // namespace nnunet::voxels
