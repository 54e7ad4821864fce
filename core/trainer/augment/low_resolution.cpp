#include "trainer/augment/low_resolution.h"

#include <algorithm>

#include "trainer/augment/resize.h"
#include "voxels/simd.h"

namespace nnunet::augment {
namespace {

NNUNET_SIMD void interpolateRow(const float* source, const int32_t* lower, const int32_t* upper, const float* fraction,
                                int64_t length, float* target) {
#pragma GCC ivdep
  for (int64_t i = 0; i < length; ++i) {
    const float a = source[lower[i]];
    target[i] = a + fraction[i] * (source[upper[i]] - a);
  }
}

NNUNET_SIMD void blendRows(const float* a, const float* b, float fraction, int64_t length, float* target) {
#pragma GCC ivdep
  for (int64_t i = 0; i < length; ++i) target[i] = a[i] + fraction * (b[i] - a[i]);
}

void coarsen(float* channel, const Shape& shape, const Shape& coarse, Workspace& workspace) {
  const auto [depth, height, width] = shape;
  const auto downZ = nearestIndices(depth, coarse[0]), downY = nearestIndices(height, coarse[1]);
  const LinearIndices upZ = linearIndices(coarse[0], depth), upY = linearIndices(coarse[1], height);

  // Down and up along x in one step: both neighbours, taken from the fine row.
  const auto downX = nearestIndices(width, coarse[2]);
  LinearIndices alongX = linearIndices(coarse[2], width);
  for (auto& index : alongX.lower) index = downX[index];
  for (auto& index : alongX.upper) index = downX[index];

  const int64_t coarsePlane = coarse[1] * width;
  workspace.image.resize(coarse[0] * coarsePlane);
  workspace.planes.resize(coarsePlane);
  float* rows = workspace.image.data();
  for (int64_t z = 0; z < coarse[0]; ++z)
    for (int64_t y = 0; y < coarse[1]; ++y)
      interpolateRow(channel + (downZ[z] * height + downY[y]) * width, alongX.lower.data(), alongX.upper.data(),
                     alongX.fraction.data(), width, rows + z * coarsePlane + y * width);
  for (int64_t z = 0; z < depth; ++z) {
    const float* plane = rows + upZ.lower[z] * coarsePlane;
    if (upZ.fraction[z] != 0) {
      blendRows(plane, rows + upZ.upper[z] * coarsePlane, upZ.fraction[z], coarsePlane, workspace.planes.data());
      plane = workspace.planes.data();
    }
    for (int64_t y = 0; y < height; ++y)
      blendRows(plane + upY.lower[y] * width, plane + upY.upper[y] * width, upY.fraction[y], width,
                channel + (z * height + y) * width);
  }
}

}  // namespace

LowResolutionParameters drawLowResolution(Random& random, const AugmentSettings& settings, int64_t channels) {
  LowResolutionParameters parameters;
  parameters.keepsAxis0 = settings.dummy2d;
  for (int64_t c = 0; c < channels; ++c) {
    parameters.scale.emplace_back();
    if (random.chance(settings.lowResolutionChannelProbability))
      parameters.scale.back() = random.uniform(settings.lowResolution);
  }
  return parameters;
}

void applyLowResolution(const Grid<float>& image, int dims, const LowResolutionParameters& parameters,
                        Workspace& workspace) {
  for (int64_t c = 0; c < image.channels; ++c) {
    if (!parameters.scale[c]) continue;
    Shape coarse = image.shape;
    for (int axis = (dims == 2 || parameters.keepsAxis0) ? 1 : 0; axis < 3; ++axis) {
      const double scale = static_cast<float>(*parameters.scale[c]);  // nnU-Net keeps it as float32
      coarse[axis] = std::max<int64_t>(1, roundHalfToEven(static_cast<double>(image.shape[axis]) * scale));
    }
    coarsen(image.channel(c), image.shape, coarse, workspace);
  }
}

}  // namespace nnunet::augment
