#include "voxels/window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "volumes.h"
#include "voxels/error.h"
#include "voxels/half.h"

namespace nnunet::voxels {
namespace {

using test::forEachVoxel;
using test::indexOf;

TEST(Window, TilesReachFromEndToEnd) {
  EXPECT_EQ(windowStarts(110, 64, 0.5), (std::vector<int64_t>{0, 23, 46}));
  EXPECT_EQ(windowStarts(64, 64, 0.5), (std::vector<int64_t>{0}));
  EXPECT_EQ(windowStarts(65, 64, 1.0), (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(windowStarts(9, 4, 0.5), (std::vector<int64_t>{0, 2, 3, 5})) << "5/3 and 10/3, rounded";
  EXPECT_THROW(windowStarts(10, 11, 0.5), VoxelError);
  EXPECT_THROW(windowStarts(10, 5, 0.0), VoxelError);
}

TEST(Window, GaussianIsLargestAtTheCentreAndNowhereZero) {
  const std::vector<int64_t> patch{20, 16, 31};
  const std::vector<float> weights = gaussianImportance(patch);
  const Shape3 shape{20, 16, 31};
  EXPECT_EQ(weights[indexOf(shape, 10, 8, 15)], 10.0f);
  EXPECT_EQ(*std::max_element(weights.begin(), weights.end()), 10.0f);
  EXPECT_GT(*std::min_element(weights.begin(), weights.end()), 0.0f);
  forEachVoxel(shape, [&](int64_t z, int64_t y, int64_t x) {
    const auto squared = [](int64_t at, int64_t size) {
      const double distance = static_cast<double>(at - size / 2) / (static_cast<double>(size) / 8.0);
      return distance * distance;
    };
    const double expected = 10.0 * std::exp(-0.5 * (squared(z, 20) + squared(y, 16) + squared(x, 31)));
    EXPECT_NEAR(weights[indexOf(shape, z, y, x)], expected, expected * 1e-3 + 1e-6);
  });
}

TEST(Window, PaddingPutsTheLargerHalfBehind) {
  const WindowPadding padding = padToPatch({5, 10, 40}, {8, 10, 32}, 3);
  EXPECT_EQ(padding.padded, (Shape3{8, 10, 40}));
  EXPECT_EQ(padding.inside, (Box3{{1, 0, 0}, {6, 10, 40}}));
  EXPECT_EQ(padToPatch({5, 10, 40}, {1, 32, 32}, 2).padded, (Shape3{5, 32, 40}));
}

/// One half float at a time, as numpy would do it.
std::vector<uint16_t> naive(int64_t heads, const Shape3& shape, const Shape3& patch, const std::vector<float>& weight,
                            const std::vector<std::pair<Shape3, std::vector<float>>>& tiles) {
  std::vector<float> sum(heads * voxelCount(shape), 0.0f);
  std::vector<float> weights(voxelCount(shape), 0.0f);
  const auto half = [](float value) { return halfToFloat(floatToHalf(value)); };
  for (const auto& [start, logits] : tiles) {
    forEachVoxel(patch, [&, start = start, &logits = logits](int64_t z, int64_t y, int64_t x) {
      const int64_t at = indexOf(shape, start[0] + z, start[1] + y, start[2] + x);
      const int64_t in = indexOf(patch, z, y, x);
      for (int64_t h = 0; h < heads; ++h) {
        float& value = sum[h * voxelCount(shape) + at];
        value = half(value + logits[h * voxelCount(patch) + in] * weight[in]);
      }
      weights[at] = half(weights[at] + weight[in]);
    });
  }
  std::vector<uint16_t> result;
  for (size_t i = 0; i < sum.size(); ++i) result.push_back(floatToHalf(sum[i] / weights[i % weights.size()]));
  return result;
}

TEST(Window, AccumulatesInFloat16WithEveryRounding) {
  const Shape3 shape{6, 9, 21};
  const Shape3 patch{4, 6, 14};
  const std::vector<int64_t> sizes{4, 6, 14};
  for (const bool gaussian : {true, false}) {
    const std::vector<float> weight =
        gaussian ? gaussianImportance(sizes) : std::vector<float>(voxelCount(patch), 1.0f);
    std::vector<std::pair<Shape3, std::vector<float>>> tiles;
    for (const int64_t z : windowStarts(6, 4, 0.5)) {
      for (const int64_t y : windowStarts(9, 6, 0.5)) {
        for (const int64_t x : windowStarts(21, 14, 0.5)) {
          tiles.push_back(
              {{z, y, x}, test::randomImage(3 * voxelCount(patch), static_cast<uint32_t>(tiles.size()), 4.0f)});
        }
      }
    }
    WindowAccumulator accumulator(3, shape, patch, gaussian ? weight : std::vector<float>());
    for (const auto& [start, logits] : tiles) accumulator.add(logits, start);
    const std::vector<uint16_t> expected = naive(3, shape, patch, weight, tiles);
    EXPECT_EQ(accumulator.finish(), expected);
    // Emptied by finish: the same tiles give the same result; here only a part of it.
    for (const auto& [start, logits] : tiles) accumulator.add(logits, start);
    const Box3 inside{{1, 0, 2}, {5, 9, 20}};
    const std::vector<uint16_t> part = accumulator.finish(inside);
    for (int64_t h = 0; h < 3; ++h) {
      forEachVoxel(inside.shape(), [&](int64_t z, int64_t y, int64_t x) {
        ASSERT_EQ(part[h * voxelCount(inside.shape()) + indexOf(inside.shape(), z, y, x)],
                  expected[h * voxelCount(shape) + indexOf(shape, z + 1, y, x + 2)]);
      });
    }
  }
}

TEST(Window, RefusesInfiniteLogitsAndMisplacedTiles) {
  const Shape3 shape{1, 4, 4};
  WindowAccumulator accumulator(1, shape, {1, 4, 4}, {});
  std::vector<float> logits(16, 1.0f);
  EXPECT_THROW(accumulator.add(logits, {0, 1, 0}), VoxelError);
  logits[3] = 1e6f;
  accumulator.add(logits, {0, 0, 0});
  EXPECT_THROW(accumulator.finish(), VoxelError);
}

TEST(Window, AveragesFoldsInFloat16) {
  std::vector<uint16_t> sum;
  std::vector<uint16_t> fold;
  std::vector<uint16_t> expected;
  for (int i = 0; i < 3000; ++i) {
    const float a = static_cast<float>(i) * 0.37f - 400.0f;
    const float b = static_cast<float>(i) * 0.011f;
    sum.push_back(floatToHalf(a));
    fold.push_back(floatToHalf(b));
    const float added = halfToFloat(floatToHalf(halfToFloat(sum.back()) + halfToFloat(fold.back())));
    expected.push_back(floatToHalf(added / 3.0f));
  }
  addFold(sum, fold);
  divideByFolds(sum, 3);
  EXPECT_EQ(sum, expected);
}

}  // namespace
}  // namespace nnunet::voxels
