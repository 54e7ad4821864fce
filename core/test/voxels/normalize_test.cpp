#include "voxels/normalize.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "volumes.h"
#include "voxels/error.h"
#include "voxels/numpy_sum.h"
#include "voxels/transpose.h"

namespace nnunet::voxels {
namespace {

float textbookPairwise(const float* a, int64_t n) {
  if (n < 8) {
    float sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += a[i];
    return sum;
  }
  if (n <= 128) {
    float r[8];
    for (int k = 0; k < 8; ++k) r[k] = a[k];
    int64_t i = 8;
    for (; i < n - n % 8; i += 8) {
      for (int k = 0; k < 8; ++k) r[k] += a[i + k];
    }
    float sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    for (; i < n; ++i) sum += a[i];
    return sum;
  }
  int64_t half = n / 2;
  half -= half % 8;
  return textbookPairwise(a, half) + textbookPairwise(a + half, n - half);
}

float textbookSum(const std::vector<float>& values) {
  float sum = 0;
  for (size_t i = 0; i < values.size(); i += 8192) {
    sum += textbookPairwise(values.data() + i, static_cast<int64_t>(std::min<size_t>(8192, values.size() - i)));
  }
  return sum;
}

TEST(NumpySum, AddsInNumpysOrderOnAnyNumberOfThreads) {
  for (const int64_t count : {1, 7, 8, 127, 128, 129, 1000, 8192, 8193, 1000003}) {
    const std::vector<float> values = test::randomImage(count, static_cast<uint32_t>(count));
    for (const int threads : {1, 4}) {
      RunOptions run;
      run.threads = threads;
      EXPECT_EQ(numpySum(values, run), textbookSum(values));
    }
  }
}

TEST(NumpySum, GivesTheBitsThatNumpyGave) {
  std::vector<float> values;
  for (int64_t i = 0; i < 100000; ++i) {
    const float coarse = static_cast<float>(i * 104729 % 977) * 13.7f;
    values.push_back(static_cast<float>(i * 7919 % 1000) * 0.1f + coarse);
  }
  const float mean = meanOf(numpySum(values), 100000);
  EXPECT_EQ(std::bit_cast<uint32_t>(numpySum(values)), 1310757970u);
  EXPECT_EQ(std::bit_cast<uint32_t>(mean), 1171421567u);
  EXPECT_EQ(std::bit_cast<uint32_t>(deviationOf(squaredDeviationSum(values, mean), 100000)), 1165066377u);
}

ChannelNormalization scheme(Normalization which, bool useMask = false) {
  ChannelNormalization channel;
  channel.scheme = which;
  channel.useMask = useMask;
  return channel;
}

struct Moments {
  double mean = 0;
  double std = 0;
};
Moments momentsOf(const std::vector<float>& values) {
  Moments moments;
  for (const float value : values) moments.mean += value / static_cast<double>(values.size());
  for (const float value : values) {
    moments.std += (value - moments.mean) * (value - moments.mean) / static_cast<double>(values.size());
  }
  moments.std = std::sqrt(moments.std);
  return moments;
}

const Shape3 kShape{7, 30, 41};

TEST(Normalize, EachChannelByItsScheme) {
  const int64_t volume = voxelCount(kShape);
  std::vector<float> data = test::randomImage(5 * volume, 3);
  for (int64_t i = 3 * volume; i < 5 * volume; ++i) data[i] = std::abs(data[i]) / 3.0f;
  for (int64_t i = 4 * volume; i < 5 * volume; ++i) data[i] = std::min(data[i], 255.0f);
  const std::vector<float> before = data;
  std::vector<ChannelNormalization> channels{scheme(Normalization::ZScore), scheme(Normalization::CT),
                                             scheme(Normalization::None), scheme(Normalization::RescaleTo01),
                                             scheme(Normalization::RgbTo01)};
  channels[1].properties.mean = 10.3;
  channels[1].properties.std = 55.7;
  channels[1].properties.percentile_00_5 = -120.2;
  channels[1].properties.percentile_99_5 = 130.9;
  normalize(data, kShape, {}, channels);

  const Moments moments = momentsOf({before.begin(), before.begin() + volume});
  const auto [low, high] = std::minmax_element(before.begin() + 3 * volume, before.begin() + 4 * volume);
  for (int64_t i = 0; i < volume; ++i) {
    ASSERT_NEAR(data[i], (before[i] - moments.mean) / moments.std, 1e-5);
    const float clipped = std::min(std::max(before[volume + i], -120.2f), 130.9f);
    ASSERT_EQ(data[volume + i], (clipped - 10.3f) / 55.7f);
    ASSERT_EQ(data[2 * volume + i], before[2 * volume + i]);
    ASSERT_EQ(data[3 * volume + i], (before[3 * volume + i] - *low) / (*high - *low));
    ASSERT_EQ(data[4 * volume + i], before[4 * volume + i] / 255.0f);
  }
}

TEST(Normalize, InsideTheMaskOnly) {
  std::vector<float> data = test::randomImage(voxelCount(kShape), 5);
  const std::vector<float> before = data;
  const std::vector<int16_t> segmentation = test::randomLabels(kShape, -1, 1, 3, 6);
  std::vector<float> inside;
  for (size_t i = 0; i < data.size(); ++i) {
    if (segmentation[i] >= 0) inside.push_back(data[i]);
  }
  const auto count = static_cast<int64_t>(inside.size());
  const float mean = meanOf(textbookSum(inside), count);
  std::vector<float> squares;
  for (const float value : inside) squares.push_back((value - mean) * (value - mean));
  const float deviation = deviationOf(textbookSum(squares), count);
  const std::vector<ChannelNormalization> channels{scheme(Normalization::ZScore, true)};
  normalize(data, kShape, segmentation, channels);
  for (size_t i = 0; i < data.size(); ++i) {
    ASSERT_EQ(data[i], segmentation[i] >= 0 ? (before[i] - mean) / deviation : before[i]);
  }
  EXPECT_THROW(normalize(data, kShape, {}, channels), VoxelError);
}

TEST(Normalize, AddsUpInTheOrderOfTheFileHoweverTheAxesWerePermuted) {
  const std::vector<float> original = test::randomImage(voxelCount(kShape), 8);
  const std::vector<ChannelNormalization> channels{scheme(Normalization::ZScore)};
  std::vector<float> straight = original;
  normalize(straight, kShape, {}, channels);
  for (const Axes3 axes : {Axes3{1, 2, 0}, {2, 0, 1}, {0, 2, 1}}) {
    std::vector<float> moved(original.size());
    const auto bytes = [](auto& values) { return reinterpret_cast<std::byte*>(values.data()); };
    std::vector<float> source = original;
    transpose(bytes(source), bytes(moved), 4, 1, kShape, axes);
    normalize(moved, transposedShape(kShape, axes), {}, channels, axes);
    std::vector<float> back(original.size());
    transpose(bytes(moved), bytes(back), 4, 1, transposedShape(kShape, axes), inverseAxes(axes));
    EXPECT_EQ(back, straight);
  }
}

TEST(Normalize, NeverDividesByZero) {
  const std::vector<ChannelNormalization> channels{scheme(Normalization::ZScore), scheme(Normalization::RescaleTo01)};
  std::vector<float> data(20, 4.0f);
  normalize(data, {1, 2, 5}, {}, channels);
  EXPECT_EQ(data, std::vector<float>(20, 0.0f));
}

TEST(Normalize, RefusesIntensitiesWhoseStatisticsOverflow) {
  constexpr float kLargest = 3.4e38f;
  const std::vector<int16_t> inside(4, 0);
  const auto refuses = [&](const ChannelNormalization& channel, std::vector<float> data, const Axes3& axes) {
    EXPECT_THROW(normalize(data, {1, 2, 2}, inside, std::vector{channel}, axes), VoxelError);
  };
  for (const Axes3 axes : {Axes3{0, 1, 2}, {1, 2, 0}}) {
    refuses(scheme(Normalization::ZScore), {0, 1, 2, kLargest}, axes);
    refuses(scheme(Normalization::ZScore, true), {0, 1, 2, kLargest}, axes);
    refuses(scheme(Normalization::ZScore), {1e30f, 2e30f, 3e30f, 0}, axes);
    refuses(scheme(Normalization::RescaleTo01), {-kLargest, 0, 0, kLargest}, axes);
  }
  std::vector<float> large{1e15f, 2e15f, 3e15f, 0};
  normalize(large, {1, 2, 2}, {}, std::vector{scheme(Normalization::ZScore)});
  EXPECT_NEAR(large[2], 1.3416f, 1e-3f);
}

TEST(Normalize, RefusesRgbOutOfRange) {
  const std::vector<ChannelNormalization> channels{scheme(Normalization::RgbTo01)};
  std::vector<float> data{0, 256};
  EXPECT_THROW(normalize(data, {1, 1, 2}, {}, channels), VoxelError);
}

}  // namespace
}  // namespace nnunet::voxels
