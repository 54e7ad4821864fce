#include "trainer/augment/blank.h"

#include <algorithm>

namespace nnunet::augment {
namespace {

constexpr double channelProbability = 0.5;

Rectangle drawRectangle(Random& random, const Shape& patch) {
  Rectangle rectangle;
  for (int axis = 0; axis < 3; ++axis) {
    const int64_t smallest = std::max<int64_t>(1, patch[axis] / 10);
    const int64_t choices = std::max<int64_t>(1, patch[axis] / 3 - smallest);
    rectangle.size[axis] = smallest + random.below(choices);
    rectangle.low[axis] = random.below(patch[axis] - rectangle.size[axis] + 1);
  }
  return rectangle;
}

template <class Use>
void forEachRow(float* channel, const Shape& shape, const Rectangle& rectangle, const Use& use) {
  const auto& [low, size] = rectangle;
  for (int64_t z = low[0]; z < low[0] + size[0]; ++z)
    for (int64_t y = low[1]; y < low[1] + size[1]; ++y) use(channel + (z * shape[1] + y) * shape[2] + low[2], size[2]);
}

}  // namespace

std::vector<std::vector<Rectangle>> drawBlanks(Random& random, const Grid<float>& image) {
  std::vector<std::vector<Rectangle>> rectangles(image.channels);
  for (auto& own : rectangles) {
    if (!random.chance(channelProbability)) continue;
    const int64_t count = 1 + random.below(4);
    for (int64_t i = 0; i < count; ++i) own.push_back(drawRectangle(random, image.shape));
  }
  return rectangles;
}

void applyBlanks(const Grid<float>& image, const std::vector<std::vector<Rectangle>>& rectangles) {
  for (int64_t c = 0; c < image.channels; ++c)
    for (const auto& rectangle : rectangles[c]) {
      double sum = 0;
      forEachRow(image.channel(c), image.shape, rectangle, [&](const float* row, int64_t length) {
        for (int64_t i = 0; i < length; ++i) sum += row[i];
      });
      const auto mean = static_cast<float>(sum / static_cast<double>(voxels(rectangle.size)));
      forEachRow(image.channel(c), image.shape, rectangle,
                 [&](float* row, int64_t length) { std::fill_n(row, length, mean); });
    }
}

}  // namespace nnunet::augment
