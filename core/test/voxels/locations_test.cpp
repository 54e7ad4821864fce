#include "voxels/locations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "volumes.h"

namespace nnunet::voxels {
namespace {

uint32_t bounded(std::mt19937& random, uint32_t max) {
  uint32_t mask = 0;
  while (mask < max) mask = mask * 2 + 1;
  uint32_t value;
  do value = static_cast<uint32_t>(random()) & mask;
  while (value > max);
  return value;
}

std::vector<int32_t> naive(const std::vector<int16_t>& segmentation, const Shape3& shape,
                           const std::vector<std::vector<int>>& requests) {
  std::mt19937 random(1234);
  std::vector<int32_t> rows;
  for (size_t r = 0; r < requests.size(); ++r) {
    std::vector<int32_t> candidates;
    for (const int label : requests[r]) {
      for (size_t i = 0; i < segmentation.size(); ++i) {
        if (segmentation[i] == label) candidates.push_back(static_cast<int32_t>(i));
      }
    }
    const auto total = static_cast<int64_t>(candidates.size());
    for (int64_t i = total - 1; i >= 1; --i)
      std::swap(candidates[i], candidates[bounded(random, static_cast<uint32_t>(i))]);
    int64_t count = std::min<int64_t>(10000, total);
    count = std::max(count, static_cast<int64_t>(std::ceil(0.01 * static_cast<double>(total))));
    for (int64_t i = 0; i < count; ++i) {
      const auto at = static_cast<int32_t>(candidates[i]);
      rows.insert(rows.end(), {static_cast<int32_t>(r), static_cast<int32_t>(at / (shape[1] * shape[2])),
                               static_cast<int32_t>(at / shape[2] % shape[1]), static_cast<int32_t>(at % shape[2])});
    }
  }
  return rows;
}

TEST(ClassLocations, DrawAsTheSpecificationForLabelsRegionsAndIgnore) {
  const Shape3 shape{21, 30, 33};
  const std::vector<int16_t> segmentation = test::randomLabels(shape, -1, 4, 5, 3);
  const std::vector<std::vector<int>> requests{{1}, {2}, {7}, {3, 1, 2}, {4, 9}, {-1, 0, 1, 2, 3, 4}};
  const std::vector<int32_t> expected = naive(segmentation, shape, requests);
  for (const int threads : {1, 4}) {
    RunOptions run;
    run.threads = threads;
    const ClassLocations locations = classLocations(segmentation, shape, requests, run);
    EXPECT_EQ(locations.rows, expected);
    ASSERT_EQ(locations.counts.size(), requests.size());
    EXPECT_EQ(locations.counts[2], 0) << "an absent label has no locations";
    EXPECT_EQ(locations.counts[5], 10000);
  }
}

TEST(ClassLocations, TakeOnePercentOfLargeClasses) {
  const Shape3 shape{10, 300, 350};
  const std::vector<int16_t> segmentation(voxelCount(shape), 1);
  const ClassLocations locations = classLocations(segmentation, shape, std::vector<std::vector<int>>{{1}});
  EXPECT_EQ(locations.counts[0], 10500);
}

}  // namespace
}  // namespace nnunet::voxels
