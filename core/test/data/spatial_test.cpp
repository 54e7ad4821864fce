#include "trainer/augment/spatial.h"

#include <algorithm>
#include <numbers>

#include "trainer/augment/elastic.h"
#include "volumes.h"
#include "voxels/half.h"

namespace nnunet::augment {
namespace {

using test::OwnedSample;

// The transform as the specification states it, voxel by voxel in double precision.
struct NaiveSpatial {
  const Sample& input;
  const SpatialParameters& parameters;
  std::array<double, 3> position{};

  void locate(const Shape& out, int64_t z, int64_t y, int64_t x) {
    const int64_t at[3] = {z, y, x};
    for (int axis = 0; axis < 3; ++axis) {
      if (parameters.dims == 2 && axis == 0) {
        position[0] = static_cast<double>(z);
        continue;
      }
      position[axis] = static_cast<double>(input.image.shape[axis] - 1) / 2;
      for (int from = 3 - parameters.dims; from < 3; ++from)
        position[axis] +=
            parameters.matrix[axis][from] * (static_cast<double>(at[from]) - static_cast<double>(out[from] - 1) / 2);
    }
  }

  // sum of weight * value(index) over the neighbours inside the input
  template <class Value>
  double interpolate(const Value& value) const {
    const Shape& in = input.image.shape;
    double sum = 0;
    for (int corner = 0; corner < 8; ++corner) {
      double weight = 1;
      int64_t index[3];
      bool inside = true;
      for (int axis = 0; axis < 3; ++axis) {
        const double whole = std::floor(position[axis]);
        const int upper = corner >> (2 - axis) & 1;
        weight *= upper ? position[axis] - whole : 1 - (position[axis] - whole);
        index[axis] = static_cast<int64_t>(whole) + upper;
        inside &= index[axis] >= 0 && index[axis] < in[axis];
      }
      if (inside) sum += weight * value((index[0] * in[1] + index[1]) * in[2] + index[2]);
    }
    return sum;
  }

  // The sampled channel goes on with -1 beyond its borders.
  int16_t label(int64_t channel) const {
    const int16_t* labels = input.segmentation.channel(channel);
    int16_t best = -1;
    uint16_t most = 0;
    for (int16_t candidate = -1; candidate < 4; ++candidate) {
      const double inside = interpolate([&](int64_t i) { return labels[i] == candidate ? 1000.0 : 0.0; });
      const double outside = candidate == -1 ? std::max(0.0, 1000 - interpolate([](int64_t) { return 1000.0; })) : 0;
      const auto votes = voxels::floatToHalf(static_cast<float>(inside + outside));
      if (votes > most) {
        best = candidate;
        most = votes;
      }
    }
    return best;
  }
};

void expectLikeNaive(int dims, const Shape& in, const Shape& out, const std::array<double, 3>& angles, double scale) {
  SCOPED_TRACE("dims " + std::to_string(dims) + " scale " + std::to_string(scale));
  OwnedSample input(dims, in, 2, 2), output(dims, out, 2, 2);
  test::fillRandomly(input.image, 3);
  test::fillWithBlocks(input.view.segmentation, 4);
  const SpatialParameters parameters = spatialParameters(dims, angles, scale);
  Workspace workspace;
  applySpatial(input.view, parameters, output.view, workspace);

  NaiveSpatial naive{input.view, parameters};
  double largest = 0;
  int64_t different = 0, outside = 0, i = 0;
  for (int64_t z = 0; z < out[0]; ++z)
    for (int64_t y = 0; y < out[1]; ++y)
      for (int64_t x = 0; x < out[2]; ++x, ++i) {
        naive.locate(out, z, y, x);
        for (int64_t c = 0; c < 2; ++c) {
          const float* values = input.view.image.channel(c);
          largest = std::max(largest, std::abs(output.view.image.channel(c)[i] -
                                               naive.interpolate([&](int64_t k) { return values[k]; })));
          const int16_t expected = naive.label(c);
          different += output.view.segmentation.channel(c)[i] != expected;
          outside += expected == -1;
        }
      }
  EXPECT_LT(largest, 1e-4);
  // Votes that are equal but for rounding may go either way.
  EXPECT_LE(static_cast<double>(different), 2e-4 * static_cast<double>(2 * voxels(out)));
  EXPECT_GT(outside, 0);
}

TEST(Spatial, SamplesAsTheSpecificationStates) {
  expectLikeNaive(3, {23, 25, 27}, {16, 18, 20}, {0.4, -0.3, 0.2}, 1.0);
  expectLikeNaive(3, {23, 25, 27}, {16, 18, 20}, {-0.5, 0.1, 0.5}, 1.4);
  expectLikeNaive(3, {20, 20, 20}, {20, 20, 20}, {0, 0, 0}, 0.7);
  expectLikeNaive(3, {40, 12, 8}, {20, 12, 8}, {0.5, 0.5, 0.5}, 1.2);
  expectLikeNaive(2, {1, 60, 50}, {1, 48, 40}, {0, 0, 2.5}, 1.1);
}

TEST(Spatial, TransformsEachSliceByItselfInDummy2d) {
  expectLikeNaive(2, {5, 40, 36}, {5, 30, 28}, {0.9, 0.9, -2.2}, 0.8);
  expectLikeNaive(2, {5, 40, 36}, {5, 30, 28}, {0, 0, 1.0}, 1.4);
}

std::vector<int16_t> scaledRow(const std::vector<int16_t>& row, int64_t size, double scale) {
  const auto width = static_cast<int64_t>(row.size());
  OwnedSample input(2, {1, 3, width}), output(2, {1, 1, size});
  for (int64_t i = 0; i < 3 * width; ++i) input.labels[i] = row[i % width];
  Workspace workspace;
  applySpatial(input.view, spatialParameters(2, {}, scale), output.view, workspace);
  return output.labels;
}

TEST(Spatial, ContinuesTheLabelsWithMinusOneFromHalfAVoxelBeyondTheOuterCentres) {
  EXPECT_EQ(scaledRow({2, 2, 2, 2}, 2, 3.98), (std::vector<int16_t>{2, 2})) << "0.49 beyond";
  EXPECT_EQ(scaledRow({2, 2, 2, 2}, 2, 4.02), (std::vector<int16_t>{-1, -1})) << "0.51 beyond";
  EXPECT_EQ(scaledRow({2, 2, 2, 2}, 2, 40), (std::vector<int16_t>{-1, -1}));
  // Exactly half a voxel beyond: the even one of the border's index and the one outside.
  EXPECT_EQ(scaledRow({2, 2, 2, 2}, 2, 4), (std::vector<int16_t>{2, -1}));
  EXPECT_EQ(scaledRow({2, 2, 2}, 2, 3), (std::vector<int16_t>{2, 2}));
}

TEST(Spatial, GivesTiedLabelsToTheNearestVoxelAfterRoundingToHalf) {
  // Half way between index 3 and 4: 4 is even. 1000 * 0.50001 rounds to 500 as well.
  for (const double shift : {0.0, 1e-5}) {
    const double scale = 1e-9 + 2 * shift;
    EXPECT_EQ(scaledRow({3, 3, 3, 3, 1, 1, 1, 1}, 1, scale).front(), 1) << shift;
    EXPECT_EQ(scaledRow({1, 1, 1, 1, 3, 3, 3, 3}, 1, scale).front(), 3) << shift;
    EXPECT_EQ(scaledRow({0, 1, 1, 1, 3, 3, 3, 3}, 1, scale).front(), 3) << shift << ", of three labels";
  }
  EXPECT_EQ(scaledRow({3, 3, 3, 3, 1, 1, 1, 1}, 2, 0.01), (std::vector<int16_t>{3, 1})) << "no tie";
}

TEST(Spatial, RotatesAboutTheAxesInNnunetsOrder) {
  // A = Rz Ry Rx: unit steps along each axis end where the product of the three matrices says.
  const double a = 0.3, b = -0.5, c = 0.7;
  const auto m = spatialParameters(3, {a, b, c}, 1.3).matrix;
  EXPECT_NEAR(m[0][0], 1.3 * std::cos(c) * std::cos(b), 1e-12);
  EXPECT_NEAR(m[0][1], 1.3 * (std::cos(c) * std::sin(b) * std::sin(a) - std::sin(c) * std::cos(a)), 1e-12);
  EXPECT_NEAR(m[2][0], 1.3 * -std::sin(b), 1e-12);
  EXPECT_NEAR(m[2][2], 1.3 * std::cos(b) * std::cos(a), 1e-12);
  const auto flat = spatialParameters(2, {a, b, c}, 2).matrix;
  EXPECT_NEAR(flat[1][1], 2 * std::cos(c), 1e-12);
  EXPECT_NEAR(flat[1][2], -2 * std::sin(c), 1e-12);
  EXPECT_NEAR(flat[2][1], 2 * std::sin(c), 1e-12);
}

// batchgeneratorsv2 0.3.6 on torch 2.15: input value (37 z + 11 y + 5 x) mod 17, label (z/2 + y/3 + x/2) mod 4 - 1.
TEST(Spatial, EqualsBatchgenerators) {
#include "spatial_golden.inc"
  OwnedSample input(3, goldenInput), output(3, goldenOutput);
  int64_t i = 0;
  for (int64_t z = 0; z < goldenInput[0]; ++z)
    for (int64_t y = 0; y < goldenInput[1]; ++y)
      for (int64_t x = 0; x < goldenInput[2]; ++x, ++i) {
        input.image[i] = static_cast<float>((37 * z + 11 * y + 5 * x) % 17);
        input.labels[i] = static_cast<int16_t>((z / 2 + y / 3 + x / 2) % 4 - 1);
      }
  Workspace workspace;
  applySpatial(input.view, spatialParameters(3, goldenAngles, goldenScale), output.view, workspace);
  for (size_t k = 0; k < output.image.size(); ++k) {
    EXPECT_NEAR(output.image[k], goldenImage[k], 1e-4) << k;
    EXPECT_EQ(output.labels[k], goldenLabels[k] - '1') << k;
  }
}

TEST(Spatial, CropsTheCentreWithoutRotationAndScaling) {
  OwnedSample input(3, {5, 6, 7}), output(3, {4, 3, 9});
  for (size_t i = 0; i < input.image.size(); ++i) {
    input.image[i] = static_cast<float>(i + 1);
    input.labels[i] = static_cast<int16_t>(i + 1);
  }
  Workspace workspace;
  applySpatial(input.view, SpatialParameters{}, output.view, workspace);
  // starts: 2 - 2, 3 - 1, 3 - 4
  for (int64_t z = 0; z < 4; ++z)
    for (int64_t y = 0; y < 3; ++y)
      for (int64_t x = 0; x < 9; ++x) {
        const bool inside = x >= 1 && x < 8;
        const int64_t value = (z * 6 + y + 2) * 7 + x - 1 + 1, i = (z * 3 + y) * 9 + x;
        EXPECT_EQ(output.image[i], inside ? static_cast<float>(value) : 0);
        EXPECT_EQ(output.labels[i], inside ? value : -1);
      }
}

TEST(Spatial, DrawsNnunetsProbabilitiesAndRanges) {
  AugmentSettings settings;
  settings.rotationDegrees = 30;
  constexpr int draws = 20000;
  int interpolates = 0, rotates = 0, scales = 0;
  double smallest = 10, largest = 0, sum = 0;
  for (int i = 0; i < draws; ++i) {
    Random random{5, static_cast<uint64_t>(i)};
    const auto p = drawSpatial(random, settings, 3, {64, 64, 64});
    interpolates += p.interpolates;
    double scale = 0;
    for (int axis = 0; axis < 3; ++axis) scale += p.matrix[axis][0] * p.matrix[axis][0];
    scale = std::sqrt(scale);
    const bool scaled = std::abs(scale - 1) > 1e-9;
    rotates += std::abs(p.matrix[0][1]) > 1e-9 || std::abs(p.matrix[1][2]) > 1e-9;
    if (!scaled) continue;
    ++scales;
    sum += scale;
    smallest = std::min(smallest, scale);
    largest = std::max(largest, scale);
    EXPECT_LE(std::abs(p.matrix[2][0]), scale * std::sin(std::numbers::pi / 6) + 1e-12);
  }
  const auto share = [&](int count) { return count / static_cast<double>(draws); };
  EXPECT_NEAR(share(rotates), 0.2, 0.015);
  EXPECT_NEAR(share(scales), 0.2, 0.015);
  EXPECT_NEAR(share(interpolates), 0.36, 0.018);
  EXPECT_NEAR(sum / scales, 1.05, 0.02);
  EXPECT_GE(smallest, 0.7);
  EXPECT_LT(smallest, 0.71);
  EXPECT_LT(largest, 1.4);
  EXPECT_GT(largest, 1.39);
}

TEST(Elastic, DisplacesSmoothlyUpToTheMagnitude) {
  ElasticParameters parameters;
  parameters.active = true;
  parameters.key = 5;
  parameters.sigma = {4, 6, 8};
  parameters.magnitude = {1.5, 2, 3};
  const Shape patch{24, 32, 40};
  Workspace workspace;
  elasticDisplacement(parameters, 3, patch, workspace);
  const int64_t count = voxels(patch);
  for (int axis = 0; axis < 3; ++axis) {
    const float* field = workspace.displacement.data() + axis * count;
    double sum = 0, largest = 0, step = 0;
    for (int64_t i = 0; i < count; ++i) {
      sum += field[i];
      largest = std::max(largest, std::abs(static_cast<double>(field[i])));
      if (i % patch[2] != 0) step = std::max(step, std::abs(static_cast<double>(field[i] - field[i - 1])));
    }
    EXPECT_NEAR(sum / static_cast<double>(count), 0, 1e-4);
    EXPECT_GT(largest, parameters.magnitude[axis] * 0.4);
    EXPECT_LT(largest, parameters.magnitude[axis] * 2);  // the mean was taken away after scaling
    EXPECT_LT(step, parameters.magnitude[axis] * 0.5);
  }
}

TEST(Elastic, MovesTheSamplingPositions) {
  OwnedSample input(3, {24, 24, 24}), output(3, {16, 16, 16});
  for (int64_t i = 0; i < 24 * 24 * 24; ++i) {
    input.image[i] = static_cast<float>(i % 24);  // its own x position
    input.labels[i] = 1;
  }
  SpatialParameters parameters = spatialParameters(3, {}, 1);
  parameters.elastic.active = true;
  parameters.elastic.key = 1;
  parameters.elastic.sigma = {3, 3, 3};
  parameters.elastic.magnitude = {0.5, 0.5, 1};
  Workspace workspace;
  applySpatial(input.view, parameters, output.view, workspace);
  const float* alongX = workspace.displacement.data() + 2 * 16 * 16 * 16;
  for (int64_t i = 0; i < 16 * 16 * 16; ++i) {
    EXPECT_NEAR(output.image[i], static_cast<float>(i % 16 + 4) + alongX[i], 1e-3);
    EXPECT_EQ(output.labels[i], 1);
  }
}

TEST(Elastic, IsOffByDefault) {
  for (uint64_t i = 0; i < 500; ++i) {
    Random random{i};
    EXPECT_FALSE(drawSpatial(random, AugmentSettings{}, 3, {64, 64, 64}).elastic.active);
  }
}

}  // namespace
}  // namespace nnunet::augment
