#include "trainer/augment/blur.h"

#include <algorithm>
#include <cmath>

#include "voxels/simd.h"

namespace nnunet::augment {
namespace {

constexpr int maximumRadius = 4;

// target = sum over k of weights[|k|] * rows[k], for k in [-radius, radius]; rows point to the centre row's entry.
template <int radius>
[[gnu::always_inline]] inline void addRows(const float* const* rows, const float* weights, int64_t length,
                                           float* target) {
#pragma GCC ivdep
  for (int64_t i = 0; i < length; ++i) {
    float sum = weights[0] * rows[0][i];
    for (int k = 1; k <= radius; ++k) sum += weights[k] * (rows[-k][i] + rows[k][i]);
    target[i] = sum;
  }
}

NNUNET_SIMD void weightedRows1(const float* const* rows, const float* weights, int64_t length, float* target) {
  addRows<1>(rows, weights, length, target);
}
NNUNET_SIMD void weightedRows2(const float* const* rows, const float* weights, int64_t length, float* target) {
  addRows<2>(rows, weights, length, target);
}
NNUNET_SIMD void weightedRows3(const float* const* rows, const float* weights, int64_t length, float* target) {
  addRows<3>(rows, weights, length, target);
}
NNUNET_SIMD void weightedRows4(const float* const* rows, const float* weights, int64_t length, float* target) {
  addRows<4>(rows, weights, length, target);
}

struct Kernel {
  std::vector<float> weights;
  int radius;
  explicit Kernel(double sigma) : weights(blurWeights(sigma)), radius(static_cast<int>(weights.size()) - 1) {}

  void apply(const float* const* rows, int64_t length, float* target) const {
    if (radius == 1)
      weightedRows1(rows, weights.data(), length, target);
    else if (radius == 2)
      weightedRows2(rows, weights.data(), length, target);
    else if (radius == 3)
      weightedRows3(rows, weights.data(), length, target);
    else
      weightedRows4(rows, weights.data(), length, target);
  }
};

int64_t reflected(int64_t i, int64_t length) {
  if (length == 1) return 0;
  while (i < 0 || i >= length) i = i < 0 ? -i : 2 * (length - 1) - i;
  return i;
}

// target row i = blur of the rows around row i of `source` (rows of `length` floats, `stride` floats apart in the
// target)
void blurAcrossRows(const float* source, int64_t count, int64_t length, const Kernel& kernel, float* target,
                    int64_t stride) {
  const float* rows[2 * maximumRadius + 1];
  for (int64_t i = 0; i < count; ++i) {
    for (int k = -kernel.radius; k <= kernel.radius; ++k)
      rows[k + maximumRadius] = source + reflected(i + k, count) * length;
    kernel.apply(rows + maximumRadius, length, target + i * stride);
  }
}

void blurRow(const float* source, int64_t length, const Kernel& kernel, float* padded, float* target) {
  float* center = padded + maximumRadius;
  std::copy_n(source, length, center);
  for (int64_t k = 1; k <= kernel.radius; ++k) {
    center[-k] = source[reflected(-k, length)];
    center[length - 1 + k] = source[reflected(length - 1 + k, length)];
  }
  const float* rows[2 * maximumRadius + 1];
  for (int k = -kernel.radius; k <= kernel.radius; ++k) rows[k + maximumRadius] = center + k;
  kernel.apply(rows + maximumRadius, length, target);
}

void blurChannel(float* channel, const Shape& shape, int dims, const std::array<double, 3>& sigma,
                 Workspace& workspace) {
  const auto [depth, height, width] = shape;
  const Kernel alongY(sigma[1]), alongX(sigma[2]);
  workspace.lines.resize(width + 2 * maximumRadius);
  workspace.planes.resize(std::max(height, depth) * width);
  float* plane = workspace.planes.data();
  for (int64_t z = 0; z < depth; ++z) {
    float* slice = channel + z * height * width;
    for (int64_t y = 0; y < height; ++y)
      blurRow(slice + y * width, width, alongX, workspace.lines.data(), plane + y * width);
    blurAcrossRows(plane, height, width, alongY, slice, width);
  }
  if (dims == 2) return;
  const Kernel alongZ(sigma[0]);
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t z = 0; z < depth; ++z) std::copy_n(channel + (z * height + y) * width, width, plane + z * width);
    blurAcrossRows(plane, depth, width, alongZ, channel + y * width, height * width);
  }
}

}  // namespace

std::vector<float> blurWeights(double sigma) {
  const double wished = 6 * sigma + 0.5;
  const int radius = wished < 4 ? 1 : wished < 6 ? 2 : wished < 8 ? 3 : maximumRadius;
  std::vector<float> weights(radius + 1);
  float sum = 0;
  for (int k = 0; k <= radius; ++k) {
    const float x = static_cast<float>(k) / static_cast<float>(sigma);
    weights[k] = std::exp(-0.5f * x * x);
    sum += k == 0 ? weights[k] : 2 * weights[k];
  }
  for (float& weight : weights) weight /= sum;
  return weights;
}

BlurParameters drawBlur(Random& random, const AugmentSettings& settings, int dims, int64_t channels) {
  BlurParameters parameters;
  for (int64_t c = 0; c < channels; ++c) {
    parameters.sigma.emplace_back();
    if (!random.chance(settings.blurChannelProbability)) continue;
    auto& sigma = parameters.sigma.back().emplace();
    for (int axis = 3 - dims; axis < 3; ++axis) {
      const bool isAlike = settings.blursAxesAlike && axis > 3 - dims;
      sigma[axis] = isAlike ? sigma[axis - 1] : random.uniform(settings.blurSigma);
    }
  }
  return parameters;
}

void applyBlur(const Grid<float>& image, int dims, const BlurParameters& parameters, Workspace& workspace) {
  for (int64_t c = 0; c < image.channels; ++c)
    if (const auto& sigma = parameters.sigma[c]) blurChannel(image.channel(c), image.shape, dims, *sigma, workspace);
}

}  // namespace nnunet::augment
