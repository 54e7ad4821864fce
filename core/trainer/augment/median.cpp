#include "trainer/augment/median.h"

#include <algorithm>

namespace nnunet::augment {
namespace {

constexpr double channelProbability = 0.5;

/** … c b a a b c … c b a a b … */
int64_t reflected(int64_t i, int64_t length) {
  while (i < 0 || i >= length) i = i < 0 ? -1 - i : 2 * length - 1 - i;
  return i;
}

void filter(float* channel, const Shape& shape, int dims, int size, float* copy) {
  const auto [depth, height, width] = shape;
  std::copy_n(channel, voxels(shape), copy);
  const int64_t low = -(size / 2), high = size + low;  // of the window, `high` is not in it
  std::vector<int64_t> columns(static_cast<size_t>(size));
  std::vector<float> window;
  for (int64_t z = 0; z < depth; ++z)
    for (int64_t y = 0; y < height; ++y)
      for (int64_t x = 0; x < width; ++x) {
        for (int64_t k = low; k < high; ++k) columns[k - low] = reflected(x + k, width);
        window.clear();
        for (int64_t dz = dims == 3 ? low : 0; dz < (dims == 3 ? high : 1); ++dz)
          for (int64_t dy = low; dy < high; ++dy) {
            const float* row = copy + (reflected(z + dz, depth) * height + reflected(y + dy, height)) * width;
            for (const int64_t column : columns) window.push_back(row[column]);
          }
        const auto middle = window.begin() + static_cast<int64_t>(window.size() / 2);
        std::nth_element(window.begin(), middle, window.end());
        *channel++ = *middle;
      }
}

}  // namespace

MedianSizes drawMedian(Random& random, int64_t channels) {
  MedianSizes sizes;
  for (int64_t c = 0; c < channels; ++c) {
    const auto size = static_cast<int>(2 + random.below(6));
    sizes.push_back(random.chance(channelProbability) ? size : 0);
  }
  return sizes;
}

void applyMedian(const Grid<float>& image, int dims, const MedianSizes& sizes, Workspace& workspace) {
  workspace.image.resize(image.voxels());
  for (int64_t c = 0; c < image.channels; ++c)
    if (sizes[c] > 0) filter(image.channel(c), image.shape, dims, sizes[c], workspace.image.data());
}

}  // namespace nnunet::augment
