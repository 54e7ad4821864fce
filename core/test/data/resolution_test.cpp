#include <algorithm>

#include "trainer/augment/blur.h"
#include "trainer/augment/low_resolution.h"
#include "trainer/augment/resize.h"
#include "trainer/augment/targets.h"
#include "volumes.h"

namespace nnunet::augment {
namespace {

using test::OwnedSample;

TEST(Blur, KernelsAreTheNearestOddSize) {
  EXPECT_EQ(blurWeights(0.5).size(), 2u);  // 3.5 -> 3
  EXPECT_EQ(blurWeights(0.583).size(), 2u);
  EXPECT_EQ(blurWeights(0.584).size(), 3u);  // 4.004 -> 5
  EXPECT_EQ(blurWeights(0.916).size(), 3u);
  EXPECT_EQ(blurWeights(0.917).size(), 4u);  // 6.002 -> 7
  for (const double sigma : {0.5, 0.7, 1.0}) {
    const auto w = blurWeights(sigma);
    float sum = w[0];
    for (size_t k = 1; k < w.size(); ++k) {
      sum += 2 * w[k];
      EXPECT_NEAR(w[k] / w[0], std::exp(-0.5 * static_cast<double>(k * k) / (sigma * sigma)), 1e-6);
    }
    EXPECT_NEAR(sum, 1, 1e-6);
  }
}

// One axis after the other, in double precision, reflecting without the border voxel.
std::vector<double> naiveBlur(const float* values, const Shape& shape, int dims, const std::array<double, 3>& sigma) {
  std::vector<double> result(values, values + voxels(shape));
  for (int axis = 3 - dims; axis < 3; ++axis) {
    const auto weights = blurWeights(sigma[axis]);
    const auto radius = static_cast<int64_t>(weights.size()) - 1;
    const std::vector<double> source = result;
    int64_t i = 0;
    for (int64_t z = 0; z < shape[0]; ++z)
      for (int64_t y = 0; y < shape[1]; ++y)
        for (int64_t x = 0; x < shape[2]; ++x, ++i) {
          result[i] = 0;
          for (int64_t k = -radius; k <= radius; ++k) {
            int64_t at[3] = {z, y, x};
            at[axis] += k;
            if (at[axis] < 0) at[axis] = -at[axis];
            if (at[axis] >= shape[axis]) at[axis] = 2 * (shape[axis] - 1) - at[axis];
            result[i] += weights[std::abs(k)] * source[(at[0] * shape[1] + at[1]) * shape[2] + at[2]];
          }
        }
  }
  return result;
}

TEST(Blur, IsASeparableReflectingConvolution) {
  for (const auto& sigma : {std::array{0.5, 0.7, 1.0}, std::array{1.0, 0.5, 0.7}, std::array{0.7, 1.0, 0.5}})
    for (const int dims : {2, 3}) {
      OwnedSample sample(dims, dims == 3 ? Shape{8, 9, 21} : Shape{1, 13, 19}, 2);
      test::fillRandomly(sample.image, 5);
      const OwnedSample before(sample);
      Workspace workspace;
      applyBlur(sample.view.image, dims, {{std::nullopt, sigma}}, workspace);
      const int64_t n = sample.view.image.voxels();
      EXPECT_TRUE(std::equal(sample.image.begin(), sample.image.begin() + n, before.image.begin()));
      const auto expected = naiveBlur(before.view.image.channel(1), before.view.image.shape, dims, sigma);
      for (int64_t i = 0; i < n; ++i) EXPECT_NEAR(sample.view.image.channel(1)[i], expected[i], 1e-5);
    }
}

TEST(Resize, NearestTakesTheVoxelUnderTheCentre) {
  EXPECT_EQ(nearestIndices(8, 4), (std::vector<int32_t>{1, 3, 5, 7}));
  EXPECT_EQ(nearestIndices(5, 2), (std::vector<int32_t>{1, 3}));
  EXPECT_EQ(nearestIndices(3, 6), (std::vector<int32_t>{0, 0, 1, 1, 2, 2}));
  EXPECT_EQ(nearestIndices(4, 4), (std::vector<int32_t>{0, 1, 2, 3}));
  // Where a centre falls on a border between two voxels, torch 2.15's float32 arithmetic decides.
  EXPECT_EQ(nearestIndices(198, 193)[96], 98);
  EXPECT_EQ(nearestIndices(8, 188)[23], 1);
}

TEST(Resize, LinearHoldsTheBorderValue) {
  const auto linear = linearIndices(2, 4);
  EXPECT_EQ(linear.lower, (std::vector<int32_t>{0, 0, 0, 1}));
  EXPECT_EQ(linear.upper, (std::vector<int32_t>{1, 1, 1, 1}));
  EXPECT_FLOAT_EQ(linear.fraction[0], 0);
  EXPECT_FLOAT_EQ(linear.fraction[1], 0.25);
  EXPECT_FLOAT_EQ(linear.fraction[2], 0.75);
}

TEST(Resize, RoundsHalfToEven) {
  EXPECT_EQ(roundHalfToEven(0.5), 0);
  EXPECT_EQ(roundHalfToEven(1.5), 2);
  EXPECT_EQ(roundHalfToEven(2.5), 2);
  EXPECT_EQ(roundHalfToEven(2.51), 3);
  EXPECT_EQ(roundHalfToEven(8.04), 8);
}

TEST(LowResolution, SamplesDownByNearestAndUpLinearly) {
  struct Setting {
    int dims;
    Shape shape;
    double scale;
    bool keepsAxis0;
  };
  for (const Setting& s : {Setting{3, {8, 9, 21}, 0.5, false}, Setting{3, {8, 9, 21}, 0.77, true},
                           Setting{2, {1, 20, 33}, 0.61, false}, Setting{3, {10, 10, 10}, 1.0, false}}) {
    OwnedSample sample(s.dims, s.shape, 2);
    test::fillRandomly(sample.image, 6);
    const OwnedSample before(sample);
    Workspace workspace;
    applyLowResolution(sample.view.image, s.dims, {{s.scale, std::nullopt}, s.keepsAxis0}, workspace);

    Shape coarse = s.shape;
    for (int axis = s.dims == 2 || s.keepsAxis0 ? 1 : 0; axis < 3; ++axis)
      coarse[axis] = static_cast<int64_t>(std::nearbyint(static_cast<double>(s.shape[axis]) * s.scale));
    const auto downZ = nearestIndices(s.shape[0], coarse[0]), downY = nearestIndices(s.shape[1], coarse[1]),
               downX = nearestIndices(s.shape[2], coarse[2]);
    const auto at = [&](int64_t z, int64_t y, int64_t x) {
      return before.image[(downZ[z] * s.shape[1] + downY[y]) * s.shape[2] + downX[x]];
    };
    int64_t i = 0;
    for (int64_t z = 0; z < s.shape[0]; ++z)
      for (int64_t y = 0; y < s.shape[1]; ++y)
        for (int64_t x = 0; x < s.shape[2]; ++x, ++i) {
          double expected = 0;
          const int64_t out[3] = {z, y, x};
          for (int corner = 0; corner < 8; ++corner) {
            double weight = 1;
            int64_t index[3];
            for (int axis = 0; axis < 3; ++axis) {
              const double ratio = static_cast<double>(coarse[axis]) / static_cast<double>(s.shape[axis]);
              const double position = std::max(0.0, ratio * (static_cast<double>(out[axis]) + 0.5) - 0.5);
              const auto lower = static_cast<int64_t>(position);
              const int upper = corner >> (2 - axis) & 1;
              index[axis] = std::min(lower + upper, coarse[axis] - 1);
              weight *= upper ? position - static_cast<double>(lower) : 1 - (position - static_cast<double>(lower));
            }
            expected += weight * at(index[0], index[1], index[2]);
          }
          EXPECT_NEAR(sample.image[i], expected, 2e-5);
        }
    EXPECT_TRUE(std::equal(sample.image.begin() + i, sample.image.end(), before.image.begin() + i));
  }
}

TEST(Targets, TakeTheNearestVoxelPerOutput) {
  OwnedSample sample(3, {4, 6, 8});
  for (size_t i = 0; i < sample.labels.size(); ++i) sample.labels[i] = static_cast<int16_t>(i);
  std::vector<int16_t> half(2 * 3 * 4), flat(4 * 3 * 4), same(4 * 6 * 8);
  applyTargetShape(sample.view.segmentation, {half.data(), 1, {2, 3, 4}});
  applyTargetShape(sample.view.segmentation, {flat.data(), 1, {4, 3, 4}});
  applyTargetShape(sample.view.segmentation, {same.data(), 1, {4, 6, 8}});
  EXPECT_EQ(same, sample.labels);
  for (int64_t z = 0; z < 4; ++z)
    for (int64_t y = 0; y < 3; ++y)
      for (int64_t x = 0; x < 4; ++x) {
        EXPECT_EQ(flat[(z * 3 + y) * 4 + x], (z * 6 + 2 * y + 1) * 8 + 2 * x + 1);
        if (z < 2) {
          EXPECT_EQ(half[(z * 3 + y) * 4 + x], ((2 * z + 1) * 6 + 2 * y + 1) * 8 + 2 * x + 1);
        }
      }
}

TEST(Targets, RegionsAreOneChannelEach) {
  std::vector<int16_t> labels{0, 1, 2, 3, 4, 2, 1, 0}, regions(24);
  applyRegions({labels.data(), 1, {2, 2, 2}}, {{1, 2, 3}, {2, 3}, {4}}, {regions.data(), 3, {2, 2, 2}});
  EXPECT_EQ(regions, (std::vector<int16_t>{0, 1, 1, 1, 0, 1, 1, 0, 0, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0}));
}

}  // namespace
}  // namespace nnunet::augment
