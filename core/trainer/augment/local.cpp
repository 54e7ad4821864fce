#include "trainer/augment/local.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace nnunet::augment {
namespace {

constexpr double channelProbability = 0.5;
constexpr Range place{-0.5, 1.5};  // of the centre, as a share of the patch's size

LocalChange drawPlace(Random& random, int dims, const Shape& shape) {
  LocalChange change;
  for (int axis = 3 - dims; axis < 3; ++axis) {
    const auto size = static_cast<double>(shape[axis]);
    change.center[axis] = random.uniform(place) * size;
    const double smallest = std::max(1.0, std::floor(size / 6));
    change.deviation[axis] = std::exp(random.uniform({std::log(smallest), std::log(size)}));
  }
  return change;
}

/** The Gaussian's share of each voxel along an axis. */
std::vector<double> alongAxis(int64_t size, double center, double deviation) {
  const auto below = [&](double edge) { return 0.5 * std::erfc((center - edge) / deviation / std::numbers::sqrt2); };
  std::vector<double> shares;
  for (int64_t i = 0; i < size; ++i)
    shares.push_back(below(static_cast<double>(i) + 0.5) - below(static_cast<double>(i) - 0.5));
  return shares;
}

/** Calls `use(voxel's place, weight in 0 … 1)`; where the Gaussian is the same everywhere, with 0. */
template <class Use>
void forEachWeight(const Shape& shape, int dims, const LocalChange& change, const Use& use) {
  std::array<std::vector<double>, 3> along{std::vector<double>{1}, {}, {}};
  for (int axis = 3 - dims; axis < 3; ++axis)
    along[axis] = alongAxis(shape[axis], change.center[axis], change.deviation[axis]);
  double lowest = 1, highest = 1;
  for (const auto& shares : along) {
    const auto [low, high] = std::minmax_element(shares.begin(), shares.end());
    lowest *= *low;
    highest *= *high;
  }
  const double scale = highest > lowest ? 1 / (highest - lowest) : 0;
  int64_t at = 0;
  for (int64_t z = 0; z < shape[0]; ++z)
    for (int64_t y = 0; y < shape[1]; ++y) {
      const double row = along[0][z] * along[1][y];
      for (int64_t x = 0; x < shape[2]; ++x) use(at++, (row * along[2][x] - lowest) * scale);
    }
}

}  // namespace

LocalChanges drawGradients(Random& random, int dims, const Grid<float>& image) {
  LocalChanges changes(image.channels);
  for (auto& change : changes) {
    if (!random.chance(channelProbability)) continue;
    change = drawPlace(random, dims, image.shape);
    change->amount = random.chance(0.5) ? random.uniform({-5, -1}) : random.uniform({1, 5});
  }
  return changes;
}

LocalChanges drawLocalGammas(Random& random, int dims, const Grid<float>& image) {
  LocalChanges changes(image.channels);
  for (auto& change : changes) {
    if (!random.chance(channelProbability)) continue;
    change = drawPlace(random, dims, image.shape);
    change->amount = random.chance(0.5) ? random.uniform({0.01, 0.8}) : random.uniform({1.5, 4});
  }
  return changes;
}

void applyGradients(const Grid<float>& image, int dims, const LocalChanges& changes) {
  for (int64_t c = 0; c < image.channels; ++c)
    if (const auto& change = changes[c]) {
      float* values = image.channel(c);
      forEachWeight(image.shape, dims, *change,
                    [&](int64_t at, double weight) { values[at] += static_cast<float>(weight * change->amount); });
    }
}

void applyLocalGammas(const Grid<float>& image, int dims, const LocalChanges& changes) {
  for (int64_t c = 0; c < image.channels; ++c)
    if (const auto& change = changes[c]) {
      float* values = image.channel(c);
      const auto [low, high] = std::minmax_element(values, values + image.voxels());
      const double minimum = *low, range = std::max<double>(*high - *low, 1e-8);
      forEachWeight(image.shape, dims, *change, [&](int64_t at, double weight) {
        const double share = (values[at] - minimum) / range;
        const double blended = share * (1 - weight) + std::pow(share, change->amount) * weight;
        values[at] = static_cast<float>(blended * range + minimum);
      });
    }
}

}  // namespace nnunet::augment
