#include "trainer/data/box.h"

#include <algorithm>

#include "trainer/augment/resize.h"

namespace nnunet::data {
namespace {

int64_t ceilHalf(int64_t value) {
  return value >= 0 ? (value + 1) / 2 : -((-value) / 2);
}

Shape voxelOf(Random& random, const Case& from, int request) {
  const auto& locations = from.locations[request];
  return locations.voxel(random.below(locations.count), from);
}

}  // namespace

StartLimits startLimits(const Shape& image, const Shape& loaded, const Shape& patch) {
  StartLimits limits;
  for (int axis = 0; axis < 3; ++axis) {
    const int64_t padding = std::max(loaded[axis] - patch[axis], loaded[axis] - image[axis]);
    limits.lower[axis] = -ceilHalf(padding);
    limits.upper[axis] = image[axis] + ceilHalf(padding) - loaded[axis];
  }
  return limits;
}

Shape drawStart(Random& random, const Shape& image, const Shape& loaded, const Shape& patch,
                const std::optional<Shape>& voxel) {
  const StartLimits limits = startLimits(image, loaded, patch);
  Shape start{};
  for (int axis = 0; axis < 3; ++axis)
    start[axis] = voxel ? std::max(limits.lower[axis], (*voxel)[axis] - loaded[axis] / 2)
                        : limits.lower[axis] + random.below(limits.upper[axis] - limits.lower[axis] + 1);
  return start;
}

int firstForcedSample(int batchSize, double oversampleForeground) {
  return static_cast<int>(augment::roundHalfToEven(batchSize * (1 - oversampleForeground)));
}

std::optional<Shape> drawVoxel(Random& random, const Case& from, bool forced, int annotatedRequest) {
  if (!forced) {
    if (annotatedRequest < 0 || from.locations[annotatedRequest].count == 0) return std::nullopt;
    return voxelOf(random, from, annotatedRequest);
  }
  std::vector<int> eligible;
  for (int request = 0; request < static_cast<int>(from.locations.size()); ++request)
    if (request != annotatedRequest && from.locations[request].count > 0) eligible.push_back(request);
  if (eligible.empty() && annotatedRequest >= 0 && from.locations[annotatedRequest].count > 0)
    eligible.push_back(annotatedRequest);
  if (eligible.empty()) return std::nullopt;
  return voxelOf(random, from, eligible[random.below(static_cast<int64_t>(eligible.size()))]);
}

}  // namespace nnunet::data
