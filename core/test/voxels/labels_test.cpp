// Label values, confusion counts and connected components.
#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <limits>

#include "volumes.h"
#include "voxels/components.h"
#include "voxels/confusion.h"
#include "voxels/error.h"
#include "voxels/label_values.h"

namespace nnunet::voxels {
namespace {

using test::forEachVoxel;
using test::indexOf;

TEST(LabelValues, AreSortedAndUnique) {
  const std::vector<int32_t> labels{5, 5, 0, -1, 5, 70000, 3, -200000, 0};
  const LabelValues found = labelValues(std::span<const int32_t>(labels));
  EXPECT_EQ(found.values, (std::vector<int64_t>{-200000, -1, 0, 3, 5, 70000}));
  EXPECT_FALSE(found.nonInteger);
  EXPECT_FALSE(found.nonFinite);
}

TEST(LabelValues, TellFractionsFromWhatIsNotFinite) {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> fraction{0, 1, 1.5f, 2};
  EXPECT_TRUE(labelValues(std::span<const float>(fraction)).nonInteger);
  EXPECT_FALSE(labelValues(std::span<const float>(fraction)).nonFinite);
  for (const float bad : {infinity, -infinity, std::nanf("")}) {
    const std::vector<float> labels{0, bad, bad, 2};
    const LabelValues found = labelValues(std::span<const float>(labels));
    EXPECT_EQ(found.values, (std::vector<int64_t>{0, 2}));
    EXPECT_TRUE(found.nonFinite);
    EXPECT_FALSE(found.nonInteger);
  }
}

TEST(LabelValues, AreTheSameFromSeveralSlabs) {
  std::vector<uint16_t> labels(5'000'000, 1);
  labels[10] = 7;
  labels[4'999'999] = 65535;
  RunOptions run;
  run.threads = 3;
  EXPECT_EQ(labelValues(std::span<const uint16_t>(labels), run).values, (std::vector<int64_t>{1, 7, 65535}));
}

std::vector<Confusion> naiveConfusion(const std::vector<int16_t>& reference, const std::vector<int16_t>& prediction,
                                      const std::vector<std::vector<int>>& classes, std::optional<int> ignore) {
  std::vector<Confusion> result;
  for (const std::vector<int>& one : classes) {
    Confusion counts;
    const auto in = [&](int16_t label) { return std::find(one.begin(), one.end(), label) != one.end(); };
    for (size_t i = 0; i < reference.size(); ++i) {
      if (ignore && reference[i] == *ignore) continue;
      counts.truePositives += in(reference[i]) && in(prediction[i]);
      counts.falsePositives += !in(reference[i]) && in(prediction[i]);
      counts.falseNegatives += in(reference[i]) && !in(prediction[i]);
      counts.trueNegatives += !in(reference[i]) && !in(prediction[i]);
    }
    result.push_back(counts);
  }
  return result;
}

TEST(Confusion, CountsLabelsAndRegionsAsOneByOne) {
  const Shape3 shape{20, 30, 40};
  const std::vector<int16_t> reference = test::randomLabels(shape, -1, 5, 3, 1);
  const std::vector<int16_t> prediction = test::randomLabels(shape, 0, 6, 4, 2);
  const std::vector<std::vector<int>> classes{{1}, {2}, {3, 1, 2}, {5}, {99}, {}};
  for (const std::optional<int> ignore : {std::optional<int>(), std::optional<int>(5), std::optional<int>(4)}) {
    EXPECT_EQ(
        confusionCounts(std::span<const int16_t>(reference), std::span<const int16_t>(prediction), classes, ignore),
        naiveConfusion(reference, prediction, classes, ignore));
  }
}

TEST(Confusion, ManyClassesAndMixedTypes) {
  const Shape3 shape{10, 11, 12};
  const std::vector<int16_t> reference = test::randomLabels(shape, 0, 1500, 1, 3);
  std::vector<int16_t> prediction = reference;
  for (size_t i = 0; i < prediction.size(); i += 3) prediction[i] = static_cast<int16_t>(i % 1500);
  std::vector<std::vector<int>> classes;
  for (int label = 1; label <= 1500; ++label) classes.push_back({label});
  const std::vector<float> asFloat(reference.begin(), reference.end());
  const std::vector<uint16_t> asUnsigned(prediction.begin(), prediction.end());
  EXPECT_EQ(confusionCounts(std::span<const float>(asFloat), std::span<const uint16_t>(asUnsigned), classes, {}),
            naiveConfusion(reference, prediction, classes, {}));
}

TEST(Confusion, RefusesDifferentSizes) {
  const std::vector<uint8_t> a(3), b(4);
  EXPECT_THROW(
      confusionCounts(std::span<const uint8_t>(a), std::span<const uint8_t>(b), std::vector<std::vector<int>>{{1}}, {}),
      VoxelError);
}

Components naiveComponents(const std::vector<uint8_t>& mask, const Shape3& shape, Connectivity connectivity) {
  Components result{std::vector<int32_t>(mask.size(), 0), {}};
  forEachVoxel(shape, [&](int64_t z0, int64_t y0, int64_t x0) {
    const int64_t first = indexOf(shape, z0, y0, x0);
    if (!mask[first] || result.labels[first] != 0) return;
    result.sizes.push_back(0);
    const auto label = static_cast<int32_t>(result.sizes.size());
    std::deque<Shape3> queue{{z0, y0, x0}};
    result.labels[first] = label;
    while (!queue.empty()) {
      const auto [z, y, x] = queue.front();
      queue.pop_front();
      ++result.sizes.back();
      for (int64_t dz = -1; dz <= 1; ++dz) {
        for (int64_t dy = -1; dy <= 1; ++dy) {
          for (int64_t dx = -1; dx <= 1; ++dx) {
            if (connectivity == Connectivity::Faces && std::abs(dz) + std::abs(dy) + std::abs(dx) != 1) continue;
            const Shape3 to{z + dz, y + dy, x + dx};
            if (to[0] < 0 || to[1] < 0 || to[2] < 0 || to[0] >= shape[0] || to[1] >= shape[1] || to[2] >= shape[2]) {
              continue;
            }
            const int64_t i = indexOf(shape, to[0], to[1], to[2]);
            if (!mask[i] || result.labels[i] != 0) continue;
            result.labels[i] = label;
            queue.push_back(to);
          }
        }
      }
    }
  });
  return result;
}

TEST(Components, EqualTheNaiveFloodForBothConnectivities) {
  uint32_t seed = 1;
  for (const Shape3 shape : {Shape3{9, 10, 11}, {1, 30, 17}, {12, 1, 5}, {3, 4, 100}}) {
    for (const double share : {0.1, 0.25, 0.4, 0.6}) {
      const std::vector<uint8_t> mask = test::randomMask(voxelCount(shape), share, seed++);
      for (const Connectivity connectivity : {Connectivity::Full, Connectivity::Faces}) {
        const Components expected = naiveComponents(mask, shape, connectivity);
        const Components actual = connectedComponents(mask, shape, connectivity);
        ASSERT_EQ(actual.labels, expected.labels);
        ASSERT_EQ(actual.sizes, expected.sizes);
      }
    }
  }
}

TEST(KeepLargest, KeepsAllComponentsOfEqualLargestSize) {
  const Shape3 shape{1, 3, 9};
  std::vector<uint8_t> labels{1, 1, 0, 2, 0, 0, 1, 0, 3,  //
                              0, 0, 0, 0, 0, 0, 2, 0, 3,  //
                              1, 0, 0, 0, 0, 0, 0, 0, 3};
  const std::vector<int> both{1, 2};
  EXPECT_EQ(keepLargestComponent(std::span<uint8_t>(labels), shape, both), 2);
  EXPECT_EQ(labels, (std::vector<uint8_t>{1, 1, 0, 0, 0, 0, 1, 0, 3,  //
                                          0, 0, 0, 0, 0, 0, 2, 0, 3,  //
                                          0, 0, 0, 0, 0, 0, 0, 0, 3}));
}

TEST(KeepLargest, LeavesWhatHasNoSuchLabel) {
  std::vector<int16_t> labels{0, 3, 0, 3};
  const std::vector<int> none{1, 300000};
  EXPECT_EQ(keepLargestComponent(std::span<int16_t>(labels), {1, 1, 4}, none), 0);
  EXPECT_EQ(labels, (std::vector<int16_t>{0, 3, 0, 3}));
}

}  // namespace
}  // namespace nnunet::voxels
