#include "voxels/fingerprint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "volumes.h"

namespace nnunet::voxels {
namespace {

/// Draws as the specification says, with the standard library's generator.
std::vector<std::vector<float>> naiveDraws(const std::vector<float>& data, int64_t channels,
                                           const std::vector<int16_t>& segmentation, int64_t draws) {
  std::vector<size_t> foreground;
  for (size_t i = 0; i < segmentation.size(); ++i) {
    if (segmentation[i] > 0) foreground.push_back(i);
  }
  std::mt19937 random(1234);
  std::vector<std::vector<float>> result(channels);
  if (foreground.empty()) return result;
  uint32_t mask = 0;
  while (mask < foreground.size() - 1) mask = mask * 2 + 1;
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t i = 0; i < draws; ++i) {
      uint32_t index = 0;
      if (mask > 0) {
        do index = static_cast<uint32_t>(random()) & mask;
        while (index >= foreground.size());
      }
      result[c].push_back(data[c * segmentation.size() + foreground[index]]);
    }
  }
  return result;
}

double percentile(std::vector<float> values, double percent) {
  std::sort(values.begin(), values.end());
  const double at = static_cast<double>(values.size() - 1) * percent / 100.0;
  const auto low = static_cast<size_t>(at);
  const size_t high = std::min(low + 1, values.size() - 1);
  return values[low] + (static_cast<double>(values[high]) - values[low]) * (at - std::floor(at));
}

struct Case {
  std::vector<float> data;
  std::vector<int16_t> segmentation;
};

Case makeCase(const Shape3& shape, uint32_t seed) {
  return {test::randomImage(2 * voxelCount(shape), seed), test::randomLabels(shape, -1, 2, 2, seed)};
}

void expectStatistics(const std::vector<std::vector<float>>& perCase, const IntensityProperties& actual) {
  std::vector<float> all;
  for (const std::vector<float>& values : perCase) all.insert(all.end(), values.begin(), values.end());
  double mean = 0;
  for (const float value : all) mean += value / static_cast<double>(all.size());
  double variance = 0;
  for (const float value : all) variance += (value - mean) * (value - mean) / static_cast<double>(all.size());
  EXPECT_NEAR(actual.mean, mean, 1e-3);
  EXPECT_NEAR(actual.std, std::sqrt(variance), 1e-3);
  EXPECT_EQ(actual.min, *std::min_element(all.begin(), all.end()));
  EXPECT_EQ(actual.max, *std::max_element(all.begin(), all.end()));
  EXPECT_NEAR(actual.percentile_00_5, percentile(all, 0.5), 1e-4);
  EXPECT_NEAR(actual.median, percentile(all, 50), 1e-4);
  EXPECT_NEAR(actual.percentile_99_5, percentile(all, 99.5), 1e-4);
}

TEST(Fingerprint, DrawsAndSummarizesAsTheSpecification) {
  const Shape3 shape{7, 8, 9};
  // Fewer draws than foreground voxels, and more: kept as values, and as generator.
  for (const int64_t draws : {50, 30000}) {
    std::vector<std::vector<ForegroundSample>> samples;
    std::vector<std::vector<std::vector<float>>> expected;
    for (uint32_t seed = 1; seed <= 3; ++seed) {
      const Case one = makeCase(shape, seed);
      samples.push_back(sampleForeground(one.data, 2, shape, one.segmentation, draws));
      expected.push_back(naiveDraws(one.data, 2, one.segmentation, draws));
    }
    for (size_t c = 0; c < 2; ++c) {
      std::vector<ForegroundDraws> channel;
      std::vector<std::vector<float>> values;
      for (size_t i = 0; i < samples.size(); ++i) {
        EXPECT_EQ(samples[i][c].draws, draws);
        EXPECT_LE(static_cast<int64_t>(samples[i][c].values.size()), draws);
        channel.push_back(samples[i][c].view());
        values.push_back(expected[i][c]);
      }
      expectStatistics(values, intensityStatistics(channel));
    }
  }
}

TEST(Fingerprint, LeavesOutCasesWithoutForeground) {
  const Shape3 shape{2, 3, 4};
  const std::vector<float> data = test::randomImage(voxelCount(shape), 8);
  const std::vector<int16_t> background(voxelCount(shape), 0);
  const std::vector<ForegroundSample> none = sampleForeground(data, 1, shape, background, 100);
  ASSERT_EQ(none.size(), 1u);
  EXPECT_EQ(none[0].draws, 0);
  const std::vector<float> values{1, 2, 3, 4};
  const std::vector<ForegroundDraws> cases{{values, 4, {}}, none[0].view()};
  const IntensityProperties statistics = intensityStatistics(cases);
  EXPECT_EQ(statistics.mean, 2.5);
  EXPECT_EQ(statistics.median, 2.5);
  EXPECT_EQ(statistics.std, std::sqrt(1.25)) << "float64, as numpy's concatenation with an empty list";
  EXPECT_TRUE(std::isnan(intensityStatistics(std::vector<ForegroundDraws>{}).mean));
}

TEST(Fingerprint, OrdersNegativeAndEqualValues) {
  const std::vector<float> values{-3, 5, -3, 0, -0.5f, 5, 5, -1e30f, 1e30f};
  const std::vector<ForegroundDraws> cases{{values, static_cast<int64_t>(values.size()), {}}};
  const IntensityProperties statistics = intensityStatistics(cases);
  EXPECT_EQ(statistics.min, -1e30f);
  EXPECT_EQ(statistics.max, 1e30f);
  EXPECT_EQ(statistics.median, 0);
}

TEST(Fingerprint, StaysFiniteWhereSinglePrecisionOverflows) {
  const std::vector<float> values{1, 2, 3, 3.4e38f};
  const std::vector<ForegroundDraws> cases{{values, 4, {}}, {values, 4, {}}};
  const IntensityProperties statistics = intensityStatistics(cases);
  EXPECT_NEAR(statistics.mean, 8.5e37, 1e33);
  EXPECT_NEAR(statistics.std / 3.4e38, std::sqrt(3.0 / 16), 1e-6);
  EXPECT_NEAR(statistics.percentile_99_5, 3.4e38, 1e33);
}

}  // namespace
}  // namespace nnunet::voxels
