#include "voxels/export.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "volumes.h"
#include "voxels/error.h"
#include "voxels/half.h"
#include "voxels/transpose.h"

namespace nnunet::voxels {
namespace {

using test::forEachVoxel;
using test::indexOf;

ExportSettings makeSettings(int64_t heads) {
  ExportSettings settings;
  settings.heads = heads;
  settings.shape = {6, 7, 8};
  settings.resampledShape = {9, 5, 11};
  settings.spacing = {1.5, 1, 1.3};
  settings.resampledSpacing = {1, 1.4, 0.95};
  settings.fullShape = {12, 8, 13};
  settings.box = {{2, 1, 0}, {11, 6, 11}};
  settings.transposeBackward = {2, 0, 1};
  return settings;
}

std::vector<uint16_t> randomLogits(const ExportSettings& settings, uint32_t seed) {
  std::vector<uint16_t> bits;
  for (const float value : test::randomImage(settings.heads * voxelCount(settings.shape), seed, 3.0f)) {
    bits.push_back(floatToHalf(value));
  }
  return bits;
}

/// All heads resampled at once, as nnU-Net does.
std::vector<float> resampledAll(const std::vector<uint16_t>& logits, const ExportSettings& settings) {
  std::vector<uint16_t> bits(settings.heads * voxelCount(settings.resampledShape));
  resampleLogits(logits, bits,
                 {settings.heads, settings.shape, settings.resampledShape, settings.spacing, settings.resampledSpacing},
                 settings.resampling);
  std::vector<float> values(bits.size());
  halfToFloat(bits, values);
  return values;
}

int64_t labelAt(const ExportedLabels& result, const ExportSettings& settings, int64_t z, int64_t y, int64_t x) {
  const Shape3 at{z, y, x};
  const Axes3& back = settings.transposeBackward;
  const int64_t i = indexOf(result.shape, at[back[0]], at[back[1]], at[back[2]]);
  return std::visit([&](const auto& labels) { return static_cast<int64_t>(labels[i]); }, result.labels);
}

/// Expects `decide(voxel of the resampled volume)` inside the box, and 0 outside.
template <class Decide>
void expectLabels(const ExportedLabels& result, const ExportSettings& settings, Decide&& decide) {
  ASSERT_EQ(result.shape, transposedShape(settings.fullShape, settings.transposeBackward));
  const Box3& box = settings.box;
  forEachVoxel(settings.fullShape, [&](int64_t z, int64_t y, int64_t x) {
    const bool inside =
        z >= box.low[0] && z < box.high[0] && y >= box.low[1] && y < box.high[1] && x >= box.low[2] && x < box.high[2];
    const int64_t expected =
        inside ? decide(indexOf(settings.resampledShape, z - box.low[0], y - box.low[1], x - box.low[2])) : 0;
    ASSERT_EQ(labelAt(result, settings, z, y, x), expected);
  });
}

int64_t argmax(const std::vector<float>& values, int64_t heads, int64_t voxel) {
  const auto volume = static_cast<int64_t>(values.size()) / heads;
  int64_t best = 0;
  for (int64_t h = 1; h < heads; ++h) {
    if (values[h * volume + voxel] > values[best * volume + voxel]) best = h;
  }
  return best;
}

TEST(Export, TakesTheLargestLogitAfterResampling) {
  ExportSettings settings = makeSettings(5);
  const std::vector<uint16_t> logits = randomLogits(settings, 1);
  const std::vector<float> values = resampledAll(logits, settings);
  for (const int threads : {1, 3}) {
    RunOptions run;
    run.threads = threads;
    const ExportedLabels result = exportLogits(std::span<const uint16_t>(logits), settings, false, run);
    EXPECT_TRUE(std::holds_alternative<std::vector<uint8_t>>(result.labels));
    EXPECT_TRUE(result.probabilities.empty());
    expectLabels(result, settings, [&](int64_t i) { return argmax(values, 5, i); });
  }
}

TEST(Export, FollowsSeparateSlicesCubicAndUnchangedShapes) {
  ExportSettings separate = makeSettings(3);
  separate.spacing = {5, 1, 1};
  ExportSettings cubic = makeSettings(3);
  cubic.resampling.order = 3;
  ExportSettings unchanged = makeSettings(3);
  unchanged.shape = unchanged.resampledShape;
  for (const ExportSettings& settings : {separate, cubic, unchanged}) {
    const std::vector<uint16_t> logits = randomLogits(settings, 2);
    const std::vector<float> values = resampledAll(logits, settings);
    expectLabels(exportLogits(std::span<const uint16_t>(logits), settings, false), settings,
                 [&](int64_t i) { return argmax(values, 3, i); });
  }
}

TEST(Export, GivesTiesToTheLowestLabel) {
  const ExportSettings settings = makeSettings(4);
  const std::vector<uint16_t> logits(4 * voxelCount(settings.shape), floatToHalf(1.0f));
  expectLabels(exportLogits(std::span<const uint16_t>(logits), settings, false), settings, [](int64_t) { return 0; });
}

TEST(Export, WritesRegionsInOrder) {
  ExportSettings settings = makeSettings(3);
  settings.rule.regionsClassOrder = {1, 3, 2};
  const std::vector<uint16_t> logits = randomLogits(settings, 3);
  const std::vector<float> values = resampledAll(logits, settings);
  const int64_t volume = voxelCount(settings.resampledShape);
  const auto decide = [&](int64_t i) {
    int64_t label = 0;
    for (int64_t h = 0; h < 3; ++h) {
      if (1.0f / (1.0f + std::exp(-values[h * volume + i])) > 0.5f) label = settings.rule.regionsClassOrder[h];
    }
    return label;
  };
  expectLabels(exportLogits(std::span<const uint16_t>(logits), settings, false), settings, decide);
  expectLabels(exportLogits(std::span<const uint16_t>(logits), settings, true), settings, decide);
}

TEST(Export, CallsALogitAboveZeroARegionOnlyWhereItsSigmoidIs) {
  ExportSettings settings = makeSettings(1);
  settings.shape = settings.resampledShape = settings.fullShape = {1, 1, 3};
  settings.box = {{0, 0, 0}, {1, 1, 3}};
  settings.transposeBackward = {0, 1, 2};
  settings.rule.regionsClassOrder = {1};
  const std::vector<uint16_t> smallest{0, 1, 2};  // 0, 2^-24, 2^-23
  for (const bool probabilities : {false, true}) {
    const ExportedLabels result = exportLogits(std::span<const uint16_t>(smallest), settings, probabilities);
    EXPECT_EQ(std::get<std::vector<uint8_t>>(result.labels), (std::vector<uint8_t>{0, 0, 1}));
  }
}

TEST(Export, GivesProbabilitiesThatAreBackgroundOutsideOfTheBox) {
  const ExportSettings settings = makeSettings(4);
  const std::vector<uint16_t> logits = randomLogits(settings, 4);
  const std::vector<float> values = resampledAll(logits, settings);
  const int64_t volume = voxelCount(settings.resampledShape);
  const ExportedLabels result = exportLogits(std::span<const uint16_t>(logits), settings, true);
  const int64_t fullVolume = voxelCount(settings.fullShape);
  ASSERT_EQ(static_cast<int64_t>(result.probabilities.size()), 4 * fullVolume);
  const Box3& box = settings.box;
  forEachVoxel(settings.fullShape, [&](int64_t z, int64_t y, int64_t x) {
    const Shape3 at{z, y, x};
    const Axes3& back = settings.transposeBackward;
    const int64_t out = indexOf(result.shape, at[back[0]], at[back[1]], at[back[2]]);
    const bool inside =
        z >= box.low[0] && z < box.high[0] && y >= box.low[1] && y < box.high[1] && x >= box.low[2] && x < box.high[2];
    double sum = 0;
    const int64_t in = inside ? indexOf(settings.resampledShape, z - box.low[0], y - box.low[1], x - box.low[2]) : 0;
    for (int64_t h = 0; h < 4; ++h) sum += std::exp(values[h * volume + in]);
    for (int64_t h = 0; h < 4; ++h) {
      const double expected = inside ? std::exp(values[h * volume + in]) / sum : h == 0;
      ASSERT_NEAR(result.probabilities[h * fullVolume + out], expected, 1e-6);
    }
  });
}

TEST(Export, ReadsFloat32LogitsAndUsesWideLabelsWhereNeeded) {
  ExportSettings settings = makeSettings(256);
  settings.resampledShape = settings.shape;
  settings.fullShape = settings.shape;
  settings.box = {{0, 0, 0}, settings.shape};
  std::vector<float> logits(256 * voxelCount(settings.shape), 0.0f);
  for (int64_t i = 0; i < voxelCount(settings.shape); ++i) logits[255 * voxelCount(settings.shape) + i] = 0.5f;
  const ExportedLabels result = exportLogits(std::span<const float>(logits), settings, false);
  EXPECT_TRUE(std::holds_alternative<std::vector<uint16_t>>(result.labels));
  expectLabels(result, settings, [](int64_t) { return 255; });
}

TEST(Export, RefusesABoxThatDoesNotFit) {
  ExportSettings settings = makeSettings(2);
  const std::vector<uint16_t> logits = randomLogits(settings, 5);
  settings.box.high[1] = 7;
  EXPECT_THROW(exportLogits(std::span<const uint16_t>(logits), settings, false), VoxelError);
  settings = makeSettings(2);
  settings.rule.regionsClassOrder = {1, 2, 3};
  EXPECT_THROW(exportLogits(std::span<const uint16_t>(logits), settings, false), VoxelError);
}

}  // namespace
}  // namespace nnunet::voxels
