#include "trainer/augment/pipeline.h"

#include <algorithm>
#include <functional>

#include "trainer/augment/blur.h"
#include "trainer/augment/brightness.h"
#include "trainer/augment/cascade.h"
#include "trainer/augment/contrast.h"
#include "trainer/augment/gamma.h"
#include "trainer/augment/low_resolution.h"
#include "trainer/augment/mask.h"
#include "trainer/augment/mirror.h"
#include "trainer/augment/noise.h"
#include "volumes.h"

namespace nnunet::augment {
namespace {

using test::OwnedSample;

TEST(Mirror, ReversesTheAxesDrawn) {
  for (int axes = 0; axes < 8; ++axes) {
    const Shape shape{3, 4, 5};
    OwnedSample sample(3, shape, 2);
    test::fillRandomly(sample.image, 2);
    test::fillWithBlocks(sample.view.segmentation, 2, 1);
    const OwnedSample before(sample);
    const std::array<bool, 3> flip{(axes & 4) != 0, (axes & 2) != 0, (axes & 1) != 0};
    applyMirror(sample.view, {flip});
    for (int64_t i = 0; i < 60; ++i) {
      int64_t at[3] = {i / 20, i / 5 % 4, i % 5};
      for (int axis = 0; axis < 3; ++axis)
        if (flip[axis]) at[axis] = shape[axis] - 1 - at[axis];
      const int64_t from = (at[0] * 4 + at[1]) * 5 + at[2];
      EXPECT_EQ(sample.labels[i], before.labels[from]);
      EXPECT_EQ(sample.image[i], before.image[from]);
      EXPECT_EQ(sample.image[60 + i], before.image[60 + from]);
    }
  }
}

TEST(Mirror, TakesAllowedAxesWithHalfProbability) {
  AugmentSettings settings;
  settings.mirrorAxes = {0, 1};
  int z = 0, y = 0, x = 0, both = 0;
  for (uint64_t i = 0; i < 10000; ++i) {
    Random random{i, 1};
    const auto axes = drawMirror(random, settings, 2).axes;
    z += axes[0];
    y += axes[1];
    x += axes[2];
    both += axes[1] && axes[2];
  }
  EXPECT_EQ(z, 0);
  EXPECT_NEAR(y, 5000, 250);
  EXPECT_NEAR(x, 5000, 250);
  EXPECT_NEAR(both, 2500, 220);
}

TEST(Mask, ClearsMaskedChannelsOutsideTheNonzeroMask) {
  OwnedSample sample(3, {2, 2, 2}, 2);
  std::ranges::fill(sample.image, 3.0f);
  sample.labels = {-1, 0, 1, -1, 2, -1, 0, 0};
  applyMask(sample.view, {false, true});
  for (size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(sample.image[i], 3);
    EXPECT_EQ(sample.image[8 + i], sample.labels[i] < 0 ? 0 : 3);
  }
  removeNegativeLabels(sample.view.segmentation);
  EXPECT_EQ(sample.labels, (std::vector<int16_t>{0, 0, 1, 0, 2, 0, 0, 0}));
}

TEST(Random, IsTheSameEverywhere) {
  Random random{1, 2, 3};
  const uint64_t first = random.bits();
  Random again{1, 2, 3}, other{1, 3, 2};
  EXPECT_EQ(again.bits(), first);
  EXPECT_NE(other.bits(), first);
  // xoshiro256** seeded by splitmix64: pinned, so that a seed keeps its meaning between versions.
  Random pinned{42};
  EXPECT_EQ(pinned.bits(), 3455327545227027719ull);
}

TEST(Random, DrawsIntegersEvenlyAndFactorsAroundOne) {
  Random random{4};
  std::vector<int> counts(7);
  for (int i = 0; i < 70000; ++i) ++counts[random.below(7)];
  for (const int count : counts) EXPECT_NEAR(count, 10000, 500);
  int below = 0;
  double sum = 0;
  for (int i = 0; i < 20000; ++i) {
    const double factor = random.factor({0.7, 1.5});
    EXPECT_GE(factor, 0.7);
    EXPECT_LT(factor, 1.5);
    below += factor < 1;
    sum += factor;
  }
  EXPECT_NEAR(below / 20000.0, 0.5, 0.018);
  EXPECT_NEAR(sum / 20000.0, (0.85 + 1.25) / 2, 0.01);
}

AugmentSettings nothing() {
  AugmentSettings settings;
  settings.rotationProbability = settings.scalingProbability = settings.noiseProbability = settings.blurProbability = 0;
  settings.brightnessProbability = settings.contrastProbability = settings.lowResolutionProbability = 0;
  settings.invertedGammaProbability = settings.gammaProbability = settings.mirrorProbability = 0;
  settings.operatorProbability = settings.removeComponentProbability = 0;
  return settings;
}

// How often a transform changes the image when all the others are off.
double shareChanged(const std::function<void(AugmentSettings&)>& allow) {
  PipelineSettings settings;
  settings.patch = {6, 6, 6};
  settings.augmentation = nothing();
  settings.augmentation.mirrorAxes = {0};
  allow(settings.augmentation);
  const Pipeline pipeline(settings);
  OwnedSample original(3, {6, 6, 6});
  test::fillRandomly(original.image, 1);
  Workspace workspace;
  int changed = 0;
  constexpr int draws = 6000;
  for (int i = 0; i < draws; ++i) {
    OwnedSample sample(original);
    Random random{3, static_cast<uint64_t>(i)};
    pipeline.transform(sample.view, random, workspace);
    changed += sample.image != original.image;
  }
  return changed / static_cast<double>(draws);
}

TEST(Pipeline, AppliesEachTransformWithItsProbability) {
  const AugmentSettings d;
  const double tolerance = 0.026;  // more than four standard errors
  EXPECT_EQ(shareChanged([](AugmentSettings&) {}), 0);
  EXPECT_NEAR(shareChanged([&](AugmentSettings& s) { s.noiseProbability = d.noiseProbability; }), 0.1, tolerance);
  EXPECT_NEAR(shareChanged([&](AugmentSettings& s) { s.blurProbability = d.blurProbability; }), 0.2 * 0.5, tolerance);
  EXPECT_NEAR(shareChanged([&](AugmentSettings& s) { s.brightnessProbability = d.brightnessProbability; }), 0.15,
              tolerance);
  EXPECT_NEAR(shareChanged([&](AugmentSettings& s) { s.contrastProbability = d.contrastProbability; }), 0.15,
              tolerance);
  // A scale above 11/12 leaves 6 voxels as they are.
  EXPECT_NEAR(shareChanged([&](AugmentSettings& s) { s.lowResolutionProbability = d.lowResolutionProbability; }),
              0.25 * 0.5 * (11 / 12.0 - 0.5) / 0.5, tolerance);
  EXPECT_NEAR(shareChanged([&](AugmentSettings& s) { s.invertedGammaProbability = d.invertedGammaProbability; }), 0.1,
              tolerance);
  EXPECT_NEAR(shareChanged([&](AugmentSettings& s) { s.gammaProbability = d.gammaProbability; }), 0.3, tolerance);
  EXPECT_NEAR(shareChanged([&](AugmentSettings& s) { s.mirrorProbability = d.mirrorProbability; }), 0.5, tolerance);
}

TEST(Pipeline, AppliesTheTransformsInNnunetsOrder) {
  PipelineSettings settings;
  settings.patch = {8, 10, 12};
  settings.maskChannels = {true, false};
  settings.cascadeLabels = {1, 2};
  AugmentSettings& s = settings.augmentation;
  s.mirrorAxes = {0, 1, 2};
  s.noiseProbability = s.blurProbability = s.brightnessProbability = s.contrastProbability =
      s.lowResolutionProbability = 1;
  s.invertedGammaProbability = s.gammaProbability = s.operatorProbability = s.removeComponentProbability = 1;
  OwnedSample sample(3, settings.patch, 2, 2, 2);
  test::fillRandomly(sample.image, 1);
  test::fillWithBlocks(sample.view.segmentation, 2);
  OwnedSample expected(sample);
  Workspace workspace;
  Random random{5};
  Pipeline(settings).transform(sample.view, random, workspace);

  Random r{5};
  Sample& e = expected.view;
  const auto drawn = [&] { return r.chance(1); };
  EXPECT_TRUE(drawn());
  applyNoise(e.image, drawNoise(r, s));
  EXPECT_TRUE(drawn());
  applyBlur(e.image, 3, drawBlur(r, s, 3, 2), workspace);
  EXPECT_TRUE(drawn());
  applyBrightness(e.image, drawBrightness(r, s, 2));
  EXPECT_TRUE(drawn());
  applyContrast(e.image, drawContrast(r, s, 2));
  EXPECT_TRUE(drawn());
  applyLowResolution(e.image, 3, drawLowResolution(r, s, 2), workspace);
  EXPECT_TRUE(drawn());
  applyGamma(e.image, drawGamma(r, s, 2, true));
  EXPECT_TRUE(drawn());
  applyGamma(e.image, drawGamma(r, s, 2, false));
  applyMirror(e, drawMirror(r, s, 3));
  applyMask(e, settings.maskChannels);
  removeNegativeLabels(e.segmentation);
  appendOneHot(e, settings.cascadeLabels);
  const Grid<float> oneHot{e.image.channel(2), 2, settings.patch};
  EXPECT_TRUE(drawn());
  applyOperators(oneHot, 3, drawOperators(r, s, 2));
  EXPECT_TRUE(drawn());
  applyRemoveComponent(oneHot, drawRemoveComponent(r, s, 2));
  EXPECT_EQ(sample.image, expected.image);
  EXPECT_EQ(sample.labels, expected.labels);
  EXPECT_EQ(sample.view.image.channels, 4);
}

TEST(Pipeline, ValidationOnlyPreparesLabels) {
  PipelineSettings settings;
  settings.patch = {4, 4, 4};
  settings.augment = false;
  settings.maskChannels = {true};
  settings.regions = {{1, 2}, {2}};
  settings.targetShapes = {{4, 4, 4}, {2, 2, 2}};
  OwnedSample sample(3, {4, 4, 4});
  test::fillRandomly(sample.image, 1);
  for (size_t i = 0; i < 64; ++i) sample.labels[i] = static_cast<int16_t>(static_cast<int>(i % 4) - 1);
  const OwnedSample before(sample);
  Workspace workspace;
  Random random{5};
  const Pipeline pipeline(settings);
  EXPECT_FALSE(pipeline.drawSpatial(random).interpolates);
  pipeline.transform(sample.view, random, workspace);
  EXPECT_EQ(sample.image, before.image);
  EXPECT_EQ(pipeline.targetChannels(), 2);
  std::vector<int16_t> full(128), half(16);
  pipeline.makeTargets(sample.view, {full.data(), half.data()}, workspace);
  for (size_t i = 0; i < 64; ++i) {
    EXPECT_EQ(full[i], before.labels[i] >= 1 ? 1 : 0);
    EXPECT_EQ(full[64 + i], before.labels[i] == 2 ? 1 : 0);
  }
  EXPECT_EQ(half, (std::vector<int16_t>{0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1}));
}

TEST(Draws, BlurAndLowResolutionChooseChannelsOneByOne) {
  int blurred = 0, coarse = 0;
  double sigmas = 0, scales = 0;
  for (uint64_t i = 0; i < 5000; ++i) {
    Random random{i, 7};
    const auto blur = drawBlur(random, AugmentSettings{}, 3, 2);
    for (const auto& sigma : blur.sigma)
      if (sigma) {
        ++blurred;
        for (const double value : *sigma) {
          EXPECT_GE(value, 0.5);
          EXPECT_LT(value, 1);
          sigmas += value;
        }
        EXPECT_NE((*sigma)[0], (*sigma)[1]);
      }
    const auto low = drawLowResolution(random, AugmentSettings{}, 2);
    for (const auto& scale : low.scale)
      if (scale) {
        ++coarse;
        scales += *scale;
      }
  }
  EXPECT_NEAR(blurred / 10000.0, 0.5, 0.025);
  EXPECT_NEAR(coarse / 10000.0, 0.5, 0.025);
  EXPECT_NEAR(sigmas / (3 * blurred), 0.75, 0.01);
  EXPECT_NEAR(scales / coarse, 0.75, 0.01);
}

}  // namespace
}  // namespace nnunet::augment
