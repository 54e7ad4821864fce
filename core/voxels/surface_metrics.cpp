#include "voxels/surface_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>

#include "voxels/dense_labels.h"
#include "voxels/error.h"
#include "voxels/surface_area.h"
#include "voxels/surface_elements.h"
#include "voxels/surface_field.h"

namespace nnunet::voxels {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
/// What equals a limit but for rounding has reached it: distances at float32, sums of areas at double precision.
constexpr double kDistanceRounding = 1e-6;
constexpr double kAreaRounding = 1e-9;

/// Two label maps, as the numbers of `DenseLabels`; what the reference ignores is 0 in both.
class LabelPair {
 public:
  LabelPair(const LabelArray& reference, const LabelArray& prediction, std::span<const std::vector<int>> classes,
            std::optional<int> ignoreLabel)
      : reference_(reference), prediction_(prediction), labels_(classes, ignoreLabel), hasIgnored_(ignoreLabel) {
    if (ignoreLabel) ignored_ = labels_.of(*ignoreLabel);
  }

  const DenseLabels& labels() const { return labels_; }
  /// @param scratch used for the reference where some of its voxels are ignored
  void read(bool ofReference, int64_t begin, int64_t count, uint32_t* out, std::vector<uint32_t>& scratch) const {
    labels_.translate(ofReference ? reference_ : prediction_, begin, count, out);
    if (!hasIgnored_) return;
    scratch.resize(count);
    labels_.translate(reference_, begin, count, scratch.data());
    for (int64_t i = 0; i < count; ++i) {
      if (scratch[i] == ignored_) out[i] = 0;
    }
  }

 private:
  const LabelArray& reference_;
  const LabelArray& prediction_;
  DenseLabels labels_;
  bool hasIgnored_;
  uint32_t ignored_ = 0;
};

bool isEmpty(const Box3& box) {
  return box.high[0] <= box.low[0];
}

void include(Box3& box, const Box3& other) {
  if (isEmpty(other)) return;
  if (isEmpty(box)) {
    box = other;
    return;
  }
  for (int axis = 0; axis < 3; ++axis) {
    box.low[axis] = std::min(box.low[axis], other.low[axis]);
    box.high[axis] = std::max(box.high[axis], other.high[axis]);
  }
}

/// By label number: the box around its voxels in both maps together.
std::vector<Box3> boxesOf(const LabelPair& pair, const Shape3& shape, const RunOptions& run) {
  std::vector<Box3> boxes(pair.labels().count());
  std::mutex mutex;
  const auto [depth, height, width] = shape;
  parallelFor(depth, 4, run, [&, height = height, width = width](int64_t begin, int64_t end) {
    std::vector<Box3> found(boxes.size());
    std::vector<uint32_t> row(width);
    std::vector<uint32_t> scratch;
    for (int64_t line = begin * height; line < end * height; ++line) {
      for (const bool ofReference : {true, false}) {
        pair.read(ofReference, line * width, width, row.data(), scratch);
        const int64_t z = line / height;
        const int64_t y = line % height;
        for (int64_t x = 0; x < width;) {
          int64_t same = x + 1;
          while (same < width && row[same] == row[x]) ++same;
          if (row[x] != 0) include(found[row[x]], {{z, y, x}, {z + 1, y + 1, same}});
          x = same;
        }
      }
    }
    const std::lock_guard lock(mutex);
    for (size_t i = 0; i < boxes.size(); ++i) include(boxes[i], found[i]);
  });
  return boxes;
}

Surface surfaceIn(const Box3& box, const LabelPair& pair, bool ofReference, const Shape3& shape,
                  const std::vector<uint8_t>& isMember, const RunOptions& run) {
  const Shape3 size = box.shape();
  return surfaceOf(
      [&](int64_t z, uint8_t* mask) {
        std::vector<uint32_t> row(size[2]);
        std::vector<uint32_t> scratch;
        for (int64_t y = 0; y < size[1]; ++y) {
          const int64_t begin = ((box.low[0] + z) * shape[1] + box.low[1] + y) * shape[2] + box.low[2];
          pair.read(ofReference, begin, size[2], row.data(), scratch);
          for (int64_t x = 0; x < size[2]; ++x) mask[y * size[2] + x] = isMember[row[x]];
        }
      },
      size, run);
}

struct Weighted {
  double distance;
  double area;
};

/// One direction: the elements of a surface with their distances from the other one.
class DirectedDistances {
 public:
  DirectedDistances(const Surface& from, const Surface& to, const std::array<double, 256>& areas,
                    const Spacing3& spacing, const RunOptions& run) {
    const auto distances = distancesBetween(from, to, spacing, run);
    for (size_t z = 0; z < distances.size(); ++z) {
      for (size_t i = 0; i < distances[z].size(); ++i) {
        elements_.push_back({distances[z][i], areas[from.slices[z][i].code]});
      }
    }
    std::sort(elements_.begin(), elements_.end(), [](const Weighted& a, const Weighted& b) {
      return a.distance < b.distance || (a.distance == b.distance && a.area < b.area);
    });
    for (const auto& [distance, area] : elements_) {
      area_ += area;
      distanceTimesArea_ += distance * area;
    }
  }

  double area() const { return area_; }
  double distanceTimesArea() const { return distanceTimesArea_; }
  double mean() const { return distanceTimesArea_ / area_; }
  double greatest() const { return elements_.back().distance; }
  /// The distance that this share of the surface does not exceed.
  double percentile(double percent) const {
    double sum = 0;
    for (const auto& [distance, area] : elements_) {
      sum += area;
      if (sum >= percent / 100 * area_ * (1 - kAreaRounding)) return distance;
    }
    return greatest();
  }
  double areaWithin(double tolerance) const {
    double sum = 0;
    for (const auto& [distance, area] : elements_) {
      if (distance > tolerance * (1 + kDistanceRounding)) break;
      sum += area;
    }
    return sum;
  }

 private:
  std::vector<Weighted> elements_;
  double area_ = 0;
  double distanceTimesArea_ = 0;
};

double areaOf(const Surface& surface, const std::array<double, 256>& areas) {
  double sum = 0;
  for (const auto& elements : surface.slices) {
    for (const SurfaceElement& element : elements) sum += areas[element.code];
  }
  return sum;
}

SurfaceMetrics compare(const Surface& reference, const Surface& prediction, const std::array<double, 256>& areas,
                       const Spacing3& spacing, double percentile, double tolerance, const RunOptions& run) {
  if (reference.isEmpty() || prediction.isEmpty()) {
    constexpr double kFar = std::numeric_limits<double>::infinity();
    return {kFar, kFar, kFar, kFar, kFar, 0, areaOf(reference, areas), areaOf(prediction, areas)};
  }
  const DirectedDistances forth(reference, prediction, areas, spacing, run);
  const DirectedDistances back(prediction, reference, areas, spacing, run);
  const double both = forth.area() + back.area();
  return {.percentileDistance = std::max(forth.percentile(percentile), back.percentile(percentile)),
          .hausdorffDistance = std::max(forth.greatest(), back.greatest()),
          .referenceToPrediction = forth.mean(),
          .predictionToReference = back.mean(),
          .averageDistance = (forth.distanceTimesArea() + back.distanceTimesArea()) / both,
          .surfaceDice = (forth.areaWithin(tolerance) + back.areaWithin(tolerance)) / both,
          .referenceArea = forth.area(),
          .predictionArea = back.area()};
}

void check(const LabelArray& reference, const LabelArray& prediction, const Shape3& shape, const Spacing3& spacing,
           size_t classes, const SurfaceSettings& settings) {
  if (sizeOf(reference) != voxelCount(shape) || sizeOf(prediction) != voxelCount(shape)) {
    throw VoxelError("shape-mismatch", "Reference and prediction are not of this shape");
  }
  for (const double mm : spacing) {
    if (!(mm > 0) || !std::isfinite(mm)) throw VoxelError("spacing-invalid", "A spacing must be above 0 mm");
  }
  if (!(settings.percentile >= 0 && settings.percentile <= 100)) {
    throw VoxelError("settings-invalid", "A percentile lies between 0 and 100");
  }
  if (settings.tolerances.size() != 1 && settings.tolerances.size() != classes) {
    throw VoxelError("settings-invalid", "There must be one tolerance, or one for each class");
  }
}

}  // namespace

std::vector<SurfaceMetrics> surfaceMetrics(const LabelArray& reference, const LabelArray& prediction,
                                           const Shape3& shape, const Spacing3& spacing,
                                           std::span<const std::vector<int>> classes, std::optional<int> ignoreLabel,
                                           const SurfaceSettings& settings, const RunOptions& run) {
  check(reference, prediction, shape, spacing, classes.size(), settings);
  const LabelPair pair(reference, prediction, classes, ignoreLabel);
  const std::vector<Box3> boxes = boxesOf(pair, shape, run);
  // A picture's mask goes on before and behind it: an area at a depth of 1 mm is a length.
  const auto areas = surfaceAreas(shape[0] == 1 ? Spacing3{1, spacing[1], spacing[2]} : spacing);
  std::vector<SurfaceMetrics> result;
  for (size_t i = 0; i < classes.size(); ++i) {
    std::vector<uint8_t> isMember(pair.labels().count(), 0);
    Box3 box;
    for (const int label : classes[i]) {
      const uint32_t number = pair.labels().of(label);
      isMember[number] = 1;
      include(box, boxes[number]);
    }
    if (isEmpty(box)) {
      result.push_back({kNaN, kNaN, kNaN, kNaN, kNaN, kNaN, 0, 0});
      continue;
    }
    // A mask that fills one slice of a volume has a surface on both of its sides, too.
    if (shape[0] > 1 && box.high[0] - box.low[0] == 1) {
      if (box.low[0] > 0) {
        --box.low[0];
      } else {
        ++box.high[0];
      }
    }
    const Surface referenceSurface = surfaceIn(box, pair, true, shape, isMember, run);
    const Surface predictionSurface = surfaceIn(box, pair, false, shape, isMember, run);
    const double tolerance = settings.tolerances[settings.tolerances.size() == 1 ? 0 : i];
    result.push_back(compare(referenceSurface, predictionSurface, areas, spacing, settings.percentile, tolerance, run));
  }
  return result;
}

}  // namespace nnunet::voxels
