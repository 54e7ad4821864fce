#include "voxels/axis.h"

#include <algorithm>
#include <cmath>

namespace nnunet::voxels {

double inputCoordinate(int64_t output, int64_t inSize, int64_t outSize) {
  const double zoom = static_cast<double>(inSize) / static_cast<double>(outSize);
  return (static_cast<double>(output) + 0.5) * zoom - 0.5;
}

namespace {

int32_t nearestIndex(int64_t output, int64_t inSize, int64_t outSize) {
  const double at = std::clamp(inputCoordinate(output, inSize, outSize), 0.0, static_cast<double>(inSize - 1));
  return static_cast<int32_t>(std::floor(at + 0.5));
}

void describe(LinearAxis& axis) {
  axis.nearest = std::all_of(axis.highWeight.begin(), axis.highWeight.end(), [](double w) { return w == 0.0; });
  axis.identity = axis.nearest && axis.outSize() == axis.inSize;
  for (int64_t o = 0; axis.identity && o < axis.outSize(); ++o) axis.identity = axis.low[o] == o;
}

}  // namespace

LinearAxis linearAxis(int64_t inSize, int64_t outSize) {
  LinearAxis axis;
  axis.inSize = inSize;
  for (int64_t o = 0; o < outSize; ++o) {
    const double at = inputCoordinate(o, inSize, outSize);
    const double floor = std::floor(at);
    const auto index = static_cast<int64_t>(floor);
    const double lowWeight = 1.0 - (at - floor);
    axis.low.push_back(static_cast<int32_t>(std::clamp<int64_t>(index, 0, inSize - 1)));
    axis.high.push_back(static_cast<int32_t>(std::clamp<int64_t>(index + 1, 0, inSize - 1)));
    axis.lowWeight.push_back(lowWeight);
    axis.highWeight.push_back(1.0 - lowWeight);
    axis.nearestIndex.push_back(nearestIndex(o, inSize, outSize));
  }
  describe(axis);
  return axis;
}

LinearAxis nearestAxis(int64_t inSize, int64_t outSize) {
  LinearAxis axis;
  axis.inSize = inSize;
  for (int64_t o = 0; o < outSize; ++o) {
    axis.nearestIndex.push_back(nearestIndex(o, inSize, outSize));
    axis.lowWeight.push_back(1.0);
    axis.highWeight.push_back(0.0);
  }
  axis.low = axis.high = axis.nearestIndex;
  describe(axis);
  return axis;
}

}  // namespace nnunet::voxels
