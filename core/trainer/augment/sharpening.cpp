#include "trainer/augment/sharpening.h"

#include <algorithm>

namespace nnunet::augment {
namespace {

constexpr double channelProbability = 0.5;
constexpr Range strengthRange{0.1, 1};

void sharpen(float* channel, const Shape& shape, int dims, float strength, float* copy) {
  const auto [depth, height, width] = shape;
  std::copy_n(channel, voxels(shape), copy);
  const auto row = [&](int64_t z, int64_t y) {
    return copy + (std::clamp<int64_t>(z, 0, depth - 1) * height + std::clamp<int64_t>(y, 0, height - 1)) * width;
  };
  for (int64_t z = 0; z < depth; ++z)
    for (int64_t y = 0; y < height; ++y) {
      const float *own = row(z, y), *above = row(z, y - 1), *below = row(z, y + 1);
      const float *before = row(z - 1, y), *after = row(z + 1, y);
      for (int64_t x = 0; x < width; ++x) {
        const float left = own[std::max<int64_t>(x - 1, 0)], right = own[std::min(x + 1, width - 1)];
        float laplacian = 4 * own[x] - left - right - above[x] - below[x];
        if (dims == 3) laplacian += 2 * own[x] - before[x] - after[x];
        *channel++ = own[x] + strength * laplacian;
      }
    }
}

}  // namespace

Strengths drawSharpening(Random& random, int64_t channels) {
  Strengths strengths;
  for (int64_t c = 0; c < channels; ++c) {
    const double strength = random.uniform(strengthRange);
    strengths.push_back(random.chance(channelProbability) ? strength : 0);
  }
  return strengths;
}

void applySharpening(const Grid<float>& image, int dims, const Strengths& strengths, Workspace& workspace) {
  workspace.image.resize(image.voxels());
  for (int64_t c = 0; c < image.channels; ++c)
    if (strengths[c] > 0)
      sharpen(image.channel(c), image.shape, dims, static_cast<float>(strengths[c]), workspace.image.data());
}

}  // namespace nnunet::augment
