#include "trainer/augment/elastic.h"

#include <algorithm>
#include <cmath>

#include "trainer/augment/noise.h"

namespace nnunet::augment {
namespace {

// One axis of a small volume, smoothed by a Gaussian; the border value goes on beyond the border.
void smooth(std::vector<float>& values, const Shape& shape, int axis, double sigma) {
  if (sigma < 0.1) return;
  const auto radius = static_cast<int64_t>(std::ceil(3 * sigma));
  std::vector<double> weights(2 * radius + 1);
  double sum = 0;
  for (int64_t k = -radius; k <= radius; ++k)
    sum += weights[k + radius] = std::exp(-0.5 * static_cast<double>(k * k) / (sigma * sigma));
  int64_t stride = 1;
  for (int later = axis + 1; later < 3; ++later) stride *= shape[later];
  const int64_t length = shape[axis];
  std::vector<float> line(length);
  for (int64_t start = 0; start < voxels(shape); ++start) {
    if (start / stride % length != 0) continue;
    for (int64_t i = 0; i < length; ++i) line[i] = values[start + i * stride];
    for (int64_t i = 0; i < length; ++i) {
      double value = 0;
      for (int64_t k = -radius; k <= radius; ++k)
        value += weights[k + radius] * line[std::clamp<int64_t>(i + k, 0, length - 1)];
      values[start + i * stride] = static_cast<float>(value / sum);
    }
  }
}

}  // namespace

void elasticDisplacement(const ElasticParameters& parameters, int dims, const Shape& patch, Workspace& workspace) {
  Shape fine = patch, coarse{1, 1, 1};
  if (dims == 2) fine[0] = 1;
  std::array<double, 3> spacing{1, 1, 1};
  std::array<int64_t, 3> margin{};
  for (int axis = 3 - dims; axis < 3; ++axis) {
    spacing[axis] = std::max(1.0, parameters.sigma[axis] / 4);
    margin[axis] = static_cast<int64_t>(std::ceil(3 * parameters.sigma[axis] / spacing[axis]));
    coarse[axis] =
        static_cast<int64_t>(std::ceil(static_cast<double>(fine[axis] - 1) / spacing[axis])) + 2 + 2 * margin[axis];
  }
  const int64_t count = voxels(fine);
  workspace.displacement.resize(dims * count);
  std::vector<float> noise(voxels(coarse));
  for (int axis = 3 - dims; axis < 3; ++axis) {
    std::fill(noise.begin(), noise.end(), 0.0f);
    addGaussianNoise(noise.data(), voxels(coarse), 1, parameters.key + static_cast<uint64_t>(axis));
    for (int along = 3 - dims; along < 3; ++along)
      smooth(noise, coarse, along, parameters.sigma[along] / spacing[along]);

    float* field = workspace.displacement.data() + (axis - (3 - dims)) * count;
    float* value = field;
    float largest = 0;
    double sum = 0;
    for (int64_t z = 0; z < fine[0]; ++z)
      for (int64_t y = 0; y < fine[1]; ++y)
        for (int64_t x = 0; x < fine[2]; ++x, ++value) {
          const int64_t at[3] = {z, y, x};
          int64_t lower[3];
          float fraction[3];
          for (int d = 0; d < 3; ++d) {
            const double position = static_cast<double>(at[d]) / spacing[d];
            lower[d] = static_cast<int64_t>(position);
            fraction[d] = static_cast<float>(position - static_cast<double>(lower[d]));
            lower[d] += margin[d];
          }
          float sample = 0;
          for (int corner = 0; corner < 8; ++corner) {
            const int dz = corner >> 2, dy = (corner >> 1) & 1, dx = corner & 1;
            const float weight = (dz ? fraction[0] : 1 - fraction[0]) * (dy ? fraction[1] : 1 - fraction[1]) *
                                 (dx ? fraction[2] : 1 - fraction[2]);
            if (weight != 0)
              sample += weight * noise[((lower[0] + dz) * coarse[1] + lower[1] + dy) * coarse[2] + lower[2] + dx];
          }
          *value = sample;
          largest = std::max(largest, std::abs(sample));
          sum += sample;
        }
    const auto mean = static_cast<float>(sum / static_cast<double>(count));
    const float scale = largest > 0 ? static_cast<float>(parameters.magnitude[axis]) / largest : 0.0f;
    for (int64_t i = 0; i < count; ++i) field[i] = (field[i] - mean) * scale;
  }
}

}  // namespace nnunet::augment
