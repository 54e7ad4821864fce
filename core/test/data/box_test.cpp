#include "trainer/data/box.h"

#include <algorithm>
#include <map>

#include "trainer/data/crop.h"
#include "trainer/events.h"
#include "volumes.h"

namespace nnunet::data {
namespace {

using test::TemporaryFolder;
using test::writeNpy;

TEST(Box, LetsThePatchCentreReachTheBorder) {
  // 100 voxels, 40 loaded, 30 trained on: half of the difference may stick out on either side.
  const auto limits = startLimits({100, 100, 100}, {40, 41, 30}, {30, 30, 30});
  EXPECT_EQ(limits.lower, (Shape{-5, -6, 0}));
  EXPECT_EQ(limits.upper, (Shape{65, 65, 70}));
}

TEST(Box, CentresImagesSmallerThanThePatch) {
  const auto limits = startLimits({10, 35, 31}, {40, 40, 30}, {30, 30, 30});
  // 10: 30 are missing, 15 on each side; 35: more than the patch, but less than what is loaded: needs 10
  EXPECT_EQ(limits.lower, (Shape{-15, -5, 0}));
  EXPECT_EQ(limits.upper, (Shape{-15, 0, 1}));
  const auto odd = startLimits({9, 9, 9}, {14, 14, 14}, {14, 14, 14});
  EXPECT_EQ(odd.lower, (Shape{-3, -3, -3}));
  EXPECT_EQ(odd.upper, (Shape{-2, -2, -2}));
}

TEST(Box, SlicesOf2dPatchesAreDrawnFromAllSlices) {
  const auto limits = startLimits({12, 100, 100}, {1, 60, 60}, {1, 50, 50});
  EXPECT_EQ(limits.lower, (Shape{0, -5, -5}));
  EXPECT_EQ(limits.upper, (Shape{11, 45, 45}));
  Random random{1};
  EXPECT_EQ(drawStart(random, {12, 100, 100}, {1, 60, 60}, {1, 50, 50}, Shape{7, 50, 50}), (Shape{7, 20, 20}));
}

TEST(Box, IsUniformWithinInclusiveLimits) {
  std::map<int64_t, int> counts;
  for (uint64_t i = 0; i < 22000; ++i) {
    Random random{i, 2};
    ++counts[drawStart(random, {20, 20, 20}, {14, 14, 14}, {10, 10, 10}, std::nullopt)[1]];
  }
  EXPECT_EQ(counts.begin()->first, -2);
  EXPECT_EQ(counts.rbegin()->first, 8);
  for (const auto& [start, count] : counts) EXPECT_NEAR(count, 2000, 230) << start;
}

TEST(Box, AroundAVoxelHasALowerLimitOnly) {
  Random random{1};
  const Shape image{100, 100, 100}, loaded{40, 41, 40}, patch{30, 30, 30};
  EXPECT_EQ(drawStart(random, image, loaded, patch, Shape{50, 50, 50}), (Shape{30, 30, 30}));
  // near the upper border the box sticks out more than a random one may (65)
  EXPECT_EQ(drawStart(random, image, loaded, patch, Shape{99, 99, 99}), (Shape{79, 79, 79}));
  EXPECT_EQ(drawStart(random, image, loaded, patch, Shape{0, 3, 14}), (Shape{-5, -6, -5}));
}

TEST(Box, ForcesTheLastThirdOfABatch) {
  const auto forced = [](int batchSize) { return batchSize - firstForcedSample(batchSize, 0.33); };
  EXPECT_EQ(forced(2), 1);
  EXPECT_EQ(forced(9), 3);
  EXPECT_EQ(forced(12), 4);
  EXPECT_EQ(firstForcedSample(5, 0.5), 2);  // 2.5 rounds to even
  EXPECT_EQ(firstForcedSample(4, 1), 0);
  EXPECT_EQ(firstForcedSample(4, 0), 4);
}

// A case with two labels, a third that never occurs, and all annotated voxels as the last request.
class VoxelTest : public testing::Test {
 protected:
  std::shared_ptr<const Case> open(const std::vector<int32_t>& rows) {
    writeNpy<float>(folder / "a.npy", {1, 8, 8, 8}, std::vector<float>(512));
    writeNpy<int16_t>(folder / "a_seg.npy", {1, 8, 8, 8}, std::vector<int16_t>(512));
    writeNpy<int32_t>(folder / "a_locations.npy", {static_cast<int64_t>(rows.size() / 4), 4}, rows);
    return CaseStore(folder.path(), "", 4).open("a");
  }
  TemporaryFolder folder;
};

TEST_F(VoxelTest, DrawsARequestThenOneOfItsVoxels) {
  const auto opened = open({0, 1, 1, 1, /**/ 1, 2, 0, 0, 1, 2, 0, 1, 1, 2, 0, 2, /**/ 3, 5, 5, 5, 3, 6, 6, 6});
  std::map<Shape, int> counts;
  for (uint64_t i = 0; i < 12000; ++i) {
    Random random{i, 3};
    ++counts[*drawVoxel(random, *opened, true, 3)];
  }
  EXPECT_EQ(counts.size(), 4u);  // never those of all annotated voxels
  EXPECT_NEAR((counts[{1, 1, 1}]), 6000, 300);
  for (int x = 0; x < 3; ++x) EXPECT_NEAR((counts[{2, 0, x}]), 2000, 220);
}

TEST_F(VoxelTest, UsesAnnotatedVoxelsWhereThereIsAnIgnoreLabel) {
  const auto opened = open({0, 1, 1, 1, /**/ 3, 5, 5, 5, 3, 6, 6, 6});
  std::map<Shape, int> counts;
  for (uint64_t i = 0; i < 2000; ++i) {
    Random random{i, 4};
    ++counts[*drawVoxel(random, *opened, false, 3)];
  }
  EXPECT_EQ(counts.size(), 2u);
  EXPECT_NEAR((counts[{5, 5, 5}]), 1000, 150);
  Random random{1};
  EXPECT_FALSE(drawVoxel(random, *opened, false, -1));
}

TEST_F(VoxelTest, FallsBackWhereNoRequestHasVoxels) {
  Random random{1};
  const auto annotatedOnly = open({3, 5, 5, 5});
  EXPECT_EQ(*drawVoxel(random, *annotatedOnly, true, 3), (Shape{5, 5, 5}));
  const auto empty = open({});
  EXPECT_FALSE(drawVoxel(random, *empty, true, 3));
  EXPECT_FALSE(drawVoxel(random, *empty, false, 3));
}

TEST_F(VoxelTest, RefusesLocationsThatCannotBe) {
  Random random{1};
  EXPECT_THROW(open({4, 1, 1, 1}), CoreError);
  EXPECT_THROW(open({0, 1, 1, 1, 1, 1, 1, 1, 0, 2, 2, 2}), CoreError);
  const auto outside = open({0, 8, 1, 1});
  EXPECT_THROW(drawVoxel(random, *outside, true, 3), CoreError);
}

TEST(Crop, FillsWhatSticksOut) {
  const TemporaryFolder folder;
  const Shape shape{3, 4, 5};
  std::vector<float> values(2 * 60);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i + 1);
  writeNpy<float>(folder / "a.npy", {2, 3, 4, 5}, values);
  const NpyFile file = NpyFile::open(folder / "a.npy");
  for (const Shape& start : {Shape{0, 0, 0}, Shape{-1, -2, -3}, Shape{2, 3, 4}, Shape{1, -1, 2}}) {
    const Shape size{3, 4, 7};
    std::vector<float> result(2 * augment::voxels(size));
    cropBox<float>(file, shape, start, {result.data(), 2, size}, -9.0f);
    size_t i = 0;
    for (int64_t c = 0; c < 2; ++c)
      for (int64_t z = start[0]; z < start[0] + 3; ++z)
        for (int64_t y = start[1]; y < start[1] + 4; ++y)
          for (int64_t x = start[2]; x < start[2] + 7; ++x, ++i) {
            const bool inside = z >= 0 && z < 3 && y >= 0 && y < 4 && x >= 0 && x < 5;
            EXPECT_EQ(result[i], inside ? values[((c * 3 + z) * 4 + y) * 5 + x] : -9);
          }
  }
}

TEST(Crop, OfABoxThatMissesTheCaseIsZero) {
  const TemporaryFolder folder;
  writeNpy<uint8_t>(folder / "a.npy", {2, 2, 2}, std::vector<uint8_t>(8, 3));
  std::vector<int16_t> result(8, 7);
  cropBox<int16_t>(NpyFile::open(folder / "a.npy"), {2, 2, 2}, {0, 2, 0}, {result.data(), 1, {2, 2, 2}}, int16_t{-1});
  EXPECT_EQ(result, std::vector<int16_t>(8, 0));
}

}  // namespace
}  // namespace nnunet::data
