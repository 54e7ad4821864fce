#include "trainer/augment/turns.h"

#include <algorithm>

namespace nnunet::augment {
namespace {

/** grid[z, y, x] = what `from(z, y, x)` says lies in the grid now. */
template <class T, class From>
void rearrange(const Grid<T>& grid, const From& from) {
  const auto [depth, height, width] = grid.shape;
  std::vector<T> copy(grid.voxels());
  for (int64_t c = 0; c < grid.channels; ++c) {
    std::copy_n(grid.channel(c), grid.voxels(), copy.data());
    T* target = grid.channel(c);
    for (int64_t z = 0; z < depth; ++z)
      for (int64_t y = 0; y < height; ++y)
        for (int64_t x = 0; x < width; ++x) {
          const auto [sz, sy, sx] = from(Shape{z, y, x});
          *target++ = copy[(sz * height + sy) * width + sx];
        }
  }
}

template <class T>
void turn(const Grid<T>& grid, const TurnParameters& parameters) {
  const auto [a, b] = parameters.plane;
  const int64_t last = grid.shape[b] - 1;
  for (int quarter = 0; quarter < parameters.quarters; ++quarter)
    rearrange(grid, [&](Shape at) {
      std::swap(at[a], at[b]);
      at[b] = last - at[b];
      return at;
    });
  const auto& order = parameters.order;
  if (order == std::array<int, 3>{0, 1, 2}) return;
  rearrange(grid, [&](const Shape& at) {
    Shape from;
    for (int axis = 0; axis < 3; ++axis) from[order[axis]] = at[axis];
    return from;
  });
}

}  // namespace

std::vector<int> turnableAxes(int dims, const Shape& patch) {
  const auto alike = [&](int axis) { return std::count(patch.begin() + 3 - dims, patch.end(), patch[axis]); };
  int64_t most = 0;
  for (int axis = 3 - dims; axis < 3; ++axis) most = std::max<int64_t>(most, alike(axis));
  std::vector<int> axes;
  for (int axis = 3 - dims; axis < 3 && most > 1; ++axis)
    if (alike(axis) == most) axes.push_back(axis);
  return axes;
}

TurnParameters drawTurns(Random& random, double probability, const std::vector<int>& axes) {
  TurnParameters parameters;
  if (axes.size() < 2) return parameters;
  const auto count = static_cast<int64_t>(axes.size());
  if (random.chance(probability)) {
    parameters.quarters = static_cast<int>(random.below(4));
    const int64_t left = random.below(count);
    std::vector<int> plane;
    for (int64_t i = 0; i < count; ++i)
      if (count == 2 || i != left) plane.push_back(axes[i]);
    parameters.plane = {plane[0], plane[1]};
  }
  if (random.chance(probability)) {
    auto shuffled = axes;
    for (int64_t i = count - 1; i > 0; --i) std::swap(shuffled[i], shuffled[random.below(i + 1)]);
    for (int64_t i = 0; i < count; ++i) parameters.order[axes[i]] = shuffled[i];
  }
  return parameters;
}

void applyTurns(const Sample& sample, const TurnParameters& parameters) {
  turn(sample.image, parameters);
  turn(sample.segmentation, parameters);
}

}  // namespace nnunet::augment
