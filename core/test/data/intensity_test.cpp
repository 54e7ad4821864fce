#include <algorithm>
#include <numeric>

#include "trainer/augment/brightness.h"
#include "trainer/augment/contrast.h"
#include "trainer/augment/gamma.h"
#include "trainer/augment/lanes.h"
#include "trainer/augment/noise.h"
#include "trainer/augment/statistics.h"
#include "volumes.h"

namespace nnunet::augment {
namespace {

using test::OwnedSample;

struct Moments {
  double mean = 0, deviation = 0, minimum = 0, maximum = 0;
};

Moments momentsOf(const float* values, int64_t count) {
  Moments m;
  m.mean = std::accumulate(values, values + count, 0.0) / static_cast<double>(count);
  for (int64_t i = 0; i < count; ++i) m.deviation += (values[i] - m.mean) * (values[i] - m.mean);
  m.deviation = std::sqrt(m.deviation / static_cast<double>(count - 1));
  const auto [low, high] = std::minmax_element(values, values + count);
  m.minimum = *low;
  m.maximum = *high;
  return m;
}

TEST(Statistics, EqualDoublePrecisionForAnyLength) {
  for (const int64_t count : {2, 15, 16, 17, 4095, 4097, 70001}) {
    std::vector<float> values(count);
    test::fillRandomly(values, static_cast<uint64_t>(count));
    values[count / 2] = 1000;
    const Statistics s = statistics(values.data(), count);
    const Moments expected = momentsOf(values.data(), count);
    EXPECT_NEAR(s.mean, expected.mean, 1e-6 * (1 + std::abs(expected.mean))) << count;
    EXPECT_NEAR(s.deviation, expected.deviation, 1e-5 * expected.deviation) << count;
    EXPECT_EQ(s.minimum, expected.minimum);
    EXPECT_EQ(s.maximum, expected.maximum);
  }
}

TEST(Statistics, SurviveALargeOffset) {
  std::vector<float> values(10000);
  test::fillRandomly(values, 1);
  for (float& value : values) value = value * 0.01f + 1000;
  const Moments expected = momentsOf(values.data(), 10000);
  EXPECT_NEAR(statistics(values.data(), 10000).deviation, expected.deviation, 1e-4 * expected.deviation);
  std::ranges::fill(values, 3.25f);
  EXPECT_EQ(statistics(values.data(), 10000).deviation, 0);
  EXPECT_EQ(statistics(values.data(), 10000).mean, 3.25);
}

NNUNET_SIMD void powers(const float* x, const Power& power, float* result) {
  Floats lanes, raised;
  load(x, lanes);
  powLanes(lanes, power, raised);
  store(raised, result);
}

TEST(Gamma, PowerIsAccurateToAMillionth) {
  Random random{1};
  double worst = 0;
  for (int round = 0; round < 20000; ++round) {
    const double exponent = random.uniform({0.7, 1.5});
    float x[16], result[16];
    for (float& value : x) value = static_cast<float>(std::exp2(random.uniform({-24, 0})));
    x[0] = 1;
    powers(x, Power(exponent), result);
    for (int lane = 0; lane < 16; ++lane) {
      const double expected = std::pow(static_cast<double>(x[lane]), exponent);
      worst = std::max(worst, std::abs(result[lane] / expected - 1));
    }
  }
  EXPECT_LT(worst, 1e-6);
  const float zeros[16]{};
  float result[16];
  powers(zeros, Power(0.7), result);
  EXPECT_EQ(result[0], 0);
}

void expectGamma(bool invert, double exponent) {
  OwnedSample sample(3, {7, 9, 11}, 2);
  test::fillRandomly(sample.image, 9);
  const OwnedSample before(sample);
  applyGamma(sample.view.image, {invert, {exponent, exponent}});
  const int64_t n = sample.view.image.voxels();
  for (int64_t c = 0; c < 2; ++c) {
    std::vector<float> x(before.image.begin() + c * n, before.image.begin() + (c + 1) * n);
    if (invert)
      for (float& value : x) value = -value;
    const Moments m = momentsOf(x.data(), n);
    for (float& value : x)
      value = static_cast<float>(
          std::pow((value - m.minimum) / (m.maximum - m.minimum), exponent) * (m.maximum - m.minimum) + m.minimum);
    const Moments after = momentsOf(x.data(), n);
    for (int64_t i = 0; i < n; ++i) {
      const double expected = ((x[i] - after.mean) * m.deviation / after.deviation + m.mean) * (invert ? -1 : 1);
      EXPECT_NEAR(sample.view.image.channel(c)[i], expected, 1e-5);
    }
  }
}

TEST(Gamma, KeepsMeanAndSpread) {
  expectGamma(false, 0.7);
  expectGamma(false, 1.5);
  expectGamma(true, 0.83);
}

TEST(Gamma, LeavesAConstantChannelAlone) {
  OwnedSample sample(3, {4, 4, 4});
  std::ranges::fill(sample.image, -1.5f);
  applyGamma(sample.view.image, {false, {1.4}});
  for (const float value : sample.image) EXPECT_FLOAT_EQ(value, -1.5f);
}

TEST(Contrast, StretchesAboutTheMeanWithinTheRange) {
  for (const double factor : {0.75, 1.25}) {
    OwnedSample sample(3, {5, 9, 13});
    test::fillRandomly(sample.image, 2);
    const OwnedSample before(sample);
    applyContrast(sample.view.image, {{factor}});
    const Moments m = momentsOf(before.image.data(), before.view.image.voxels());
    for (size_t i = 0; i < sample.image.size(); ++i)
      EXPECT_NEAR(sample.image[i], std::clamp((before.image[i] - m.mean) * factor + m.mean, m.minimum, m.maximum),
                  1e-5);
  }
}

TEST(Brightness, MultipliesEachChannelByItsFactor) {
  OwnedSample sample(3, {3, 5, 7}, 2);
  test::fillRandomly(sample.image, 2);
  const OwnedSample before(sample);
  applyBrightness(sample.view.image, {{0.5, 1.25}});
  for (size_t i = 0; i < 105; ++i) {
    EXPECT_EQ(sample.image[i], before.image[i] * 0.5f);
    EXPECT_EQ(sample.image[i + 105], before.image[i + 105] * 1.25f);
  }
}

TEST(Noise, IsStandardNormal) {
  constexpr int64_t count = 2000003;
  std::vector<float> z(count, 0.0f);
  addGaussianNoise(z.data(), count, 1, 42);
  double sum = 0, squares = 0, cubes = 0, fourths = 0, neighbours = 0, blocks = 0;
  int64_t within1 = 0, beyond3 = 0, positive = 0;
  for (int64_t i = 0; i < count; ++i) {
    const double v = z[i];
    sum += v;
    squares += v * v;
    cubes += v * v * v;
    fourths += v * v * v * v;
    if (i > 0) neighbours += v * z[i - 1];
    if (i >= 16) blocks += v * z[i - 16];
    within1 += std::abs(v) < 1;
    beyond3 += std::abs(v) > 3;
    positive += v > 0;
  }
  const double n = count, five = 5 / std::sqrt(n);  // five standard errors
  EXPECT_NEAR(sum / n, 0, five);
  EXPECT_NEAR(squares / n, 1, five * std::sqrt(2));
  EXPECT_NEAR(cubes / n, 0, five * std::sqrt(15));
  EXPECT_NEAR(fourths / n, 3, five * std::sqrt(96));
  EXPECT_NEAR(neighbours / n, 0, five);
  EXPECT_NEAR(blocks / n, 0, five);
  EXPECT_NEAR(within1 / n, 0.6826895, five * 0.47);
  EXPECT_NEAR(beyond3 / n, 0.0026998, five * 0.052);
  EXPECT_NEAR(positive / n, 0.5, five * 0.5);
}

TEST(Noise, DependsOnKeyAndPositionOnly) {
  std::vector<float> all(1000, 0.0f), some(37, 0.0f), other(1000, 0.0f);
  addGaussianNoise(all.data(), 1000, 1, 7);
  addGaussianNoise(some.data(), 37, 1, 7);
  addGaussianNoise(other.data(), 1000, 1, 8);
  EXPECT_TRUE(std::equal(some.begin(), some.end(), all.begin()));
  EXPECT_NE(all, other);
}

TEST(Noise, AddsToTheImageWithItsStandardDeviation) {
  OwnedSample sample(3, {20, 20, 20}, 2);
  std::ranges::fill(sample.image, 5.0f);
  applyNoise(sample.view.image, {0.1, 3});
  const Moments first = momentsOf(sample.view.image.channel(0), 8000),
                second = momentsOf(sample.view.image.channel(1), 8000);
  EXPECT_NEAR(first.mean, 5, 0.006);
  EXPECT_NEAR(first.deviation, 0.1, 0.005);
  EXPECT_NEAR(second.deviation, 0.1, 0.005);
  EXPECT_FALSE(std::equal(sample.image.begin(), sample.image.begin() + 8000, sample.image.begin() + 8000));
}

}  // namespace
}  // namespace nnunet::augment
