#include "voxels/crop.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "volumes.h"

namespace nnunet::voxels {
namespace {

using test::forEachVoxel;
using test::indexOf;

struct Expected {
  Box3 box;
  std::vector<int16_t> segmentation;
};

/// The specification, word by word: mask, background that is reached from outside of the array, box, -1.
Expected naive(const std::vector<float>& data, int64_t channels, const Shape3& shape,
               const std::vector<int16_t>& segmentation) {
  std::vector<uint8_t> mask(voxelCount(shape), 0);
  for (int64_t c = 0; c < channels; ++c) {
    for (size_t i = 0; i < mask.size(); ++i) mask[i] |= data[c * mask.size() + i] != 0;
  }
  std::vector<uint8_t> reached(mask.size(), 0);
  std::deque<Shape3> queue;
  const auto visit = [&](int64_t z, int64_t y, int64_t x) {
    if (z < 0 || y < 0 || x < 0 || z >= shape[0] || y >= shape[1] || x >= shape[2]) return;
    const int64_t i = indexOf(shape, z, y, x);
    if (mask[i] || reached[i]) return;
    reached[i] = 1;
    queue.push_back({z, y, x});
  };
  forEachVoxel(shape, [&](int64_t z, int64_t y, int64_t x) {
    const bool border = z == 0 || y == 0 || x == 0 || z == shape[0] - 1 || y == shape[1] - 1 || x == shape[2] - 1;
    if (border) visit(z, y, x);
  });
  while (!queue.empty()) {
    const auto [z, y, x] = queue.front();
    queue.pop_front();
    visit(z - 1, y, x);
    visit(z + 1, y, x);
    visit(z, y - 1, x);
    visit(z, y + 1, x);
    visit(z, y, x - 1);
    visit(z, y, x + 1);
  }
  Expected expected{{shape, {0, 0, 0}}, {}};
  forEachVoxel(shape, [&](int64_t z, int64_t y, int64_t x) {
    if (reached[indexOf(shape, z, y, x)]) return;
    const Shape3 at{z, y, x};
    for (int i = 0; i < 3; ++i) {
      expected.box.low[i] = std::min(expected.box.low[i], at[i]);
      expected.box.high[i] = std::max(expected.box.high[i], at[i] + 1);
    }
  });
  if (expected.box.high[0] == 0) expected.box = {{0, 0, 0}, shape};
  forEachVoxel(expected.box.shape(), [&](int64_t z, int64_t y, int64_t x) {
    const Box3& box = expected.box;
    const int64_t i = indexOf(shape, box.low[0] + z, box.low[1] + y, box.low[2] + x);
    const int16_t label = segmentation.empty() ? int16_t{0} : segmentation[i];
    expected.segmentation.push_back(label == 0 && reached[i] ? int16_t{-1} : label);
  });
  return expected;
}

void expectCropped(const Shape3& shape, int64_t channels, double share, bool labelled, uint32_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::vector<float> data;
  for (const uint8_t inside : test::randomMask(channels * voxelCount(shape), share, seed)) data.push_back(inside);
  std::vector<int16_t> segmentation;
  if (labelled) segmentation = test::randomLabels(shape, 0, 2, 2, seed + 1);
  const Expected expected = naive(data, channels, shape, segmentation);
  for (const int threads : {1, 3}) {
    RunOptions run;
    run.threads = threads;
    const Box3 box = nonzeroBox(data, channels, shape, run);
    ASSERT_EQ(box, expected.box);
    std::vector<int16_t> result(voxelCount(box.shape()));
    cropSegmentation(data, channels, shape, segmentation, box, result, run);
    ASSERT_EQ(result, expected.segmentation);
  }
}

TEST(Crop, FindsTheObjectAndItsHolesAsTheNaiveFloodDoes) {
  uint32_t seed = 1;
  for (const Shape3 shape : {Shape3{6, 7, 5}, {5, 4, 140}, {9, 3, 64}, {1, 12, 65}, {8, 1, 9}, {1, 1, 7}}) {
    for (const double share : {0.05, 0.3, 0.6, 0.9}) {
      for (const bool labelled : {false, true}) {
        for (int64_t channels = 1; channels <= 2; ++channels) expectCropped(shape, channels, share, labelled, seed++);
      }
    }
  }
}

TEST(Crop, FillsAHoleThatOnlyADiagonalWouldOpen) {
  const Shape3 shape{5, 5, 5};
  std::vector<float> data(125, 1.0f);
  data[indexOf(shape, 2, 2, 2)] = 0.0f;
  data[indexOf(shape, 1, 1, 1)] = 0.0f;
  data[indexOf(shape, 0, 0, 0)] = 0.0f;
  std::vector<int16_t> result(125);
  cropSegmentation(data, 1, shape, {}, {{0, 0, 0}, shape}, result);
  EXPECT_EQ(result[indexOf(shape, 0, 0, 0)], -1);
  EXPECT_EQ(result[indexOf(shape, 1, 1, 1)], 0);
  EXPECT_EQ(result[indexOf(shape, 2, 2, 2)], 0);
}

TEST(Crop, DoesNotFillHolesOfASingleSlice) {
  const Shape3 shape{1, 3, 3};
  std::vector<float> data(9, 1.0f);
  data[4] = 0.0f;
  std::vector<int16_t> result(9);
  cropSegmentation(data, 1, shape, {}, {{0, 0, 0}, shape}, result);
  EXPECT_EQ(result[4], -1);
}

TEST(Crop, KeepsEverythingOfAnEmptyImage) {
  const Shape3 shape{2, 3, 4};
  EXPECT_EQ(nonzeroBox(std::vector<float>(24, 0.0f), 1, shape), (Box3{{0, 0, 0}, shape}));
}

TEST(Crop, CopiesTheBoxOfEveryChannel) {
  const Shape3 shape{4, 5, 6};
  const std::vector<float> data = test::randomImage(2 * voxelCount(shape), 3);
  const Box3 box{{1, 0, 2}, {3, 4, 6}};
  const Shape3 size = box.shape();
  std::vector<float> result(2 * voxelCount(size));
  cropImage(data, 2, shape, box, result);
  for (int64_t c = 0; c < 2; ++c) {
    forEachVoxel(size, [&](int64_t z, int64_t y, int64_t x) {
      EXPECT_EQ(result[c * voxelCount(size) + indexOf(size, z, y, x)],
                data[c * voxelCount(shape) + indexOf(shape, z + 1, y, x + 2)]);
    });
  }
}

}  // namespace
}  // namespace nnunet::voxels
