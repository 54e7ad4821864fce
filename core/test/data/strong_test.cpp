/** The transforms of the stronger augmentation beside naive ones. */
#include "trainer/augment/strong.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "trainer/augment/blank.h"
#include "trainer/augment/brightness.h"
#include "trainer/augment/contrast.h"
#include "trainer/augment/local.h"
#include "trainer/augment/median.h"
#include "trainer/augment/sharpening.h"
#include "trainer/augment/turns.h"
#include "volumes.h"

namespace nnunet::augment {
namespace {

using test::fillRandomly;
using test::OwnedSample;

float at(const Grid<float>& image, int64_t z, int64_t y, int64_t x) {
  return image.data[(z * image.shape[1] + y) * image.shape[2] + x];
}

TEST(Turns, AreAmongTheAxesOfEqualLength) {
  EXPECT_EQ(turnableAxes(3, {4, 4, 4}), (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(turnableAxes(3, {40, 56, 40}), (std::vector<int>{0, 2}));
  EXPECT_EQ(turnableAxes(2, {1, 5, 5}), (std::vector<int>{1, 2}));
  EXPECT_TRUE(turnableAxes(3, {3, 4, 5}).empty());
  EXPECT_TRUE(turnableAxes(2, {1, 4, 5}).empty());
}

// torch.rot90(x, 1, (a, b))[…i…j…] = x[…j…n-1-i…], and permute(order).
TEST(Turns, ComeInQuartersAndExchangeAxesOfImageAndLabels) {
  OwnedSample before(3, {3, 4, 4});
  fillRandomly(before.image, 1);
  for (size_t i = 0; i < before.labels.size(); ++i) before.labels[i] = static_cast<int16_t>(i);
  OwnedSample turned(before);
  TurnParameters parameters;
  parameters.quarters = 1;
  parameters.plane = {1, 2};
  applyTurns(turned.view, parameters);
  for (int64_t z = 0; z < 3; ++z)
    for (int64_t y = 0; y < 4; ++y)
      for (int64_t x = 0; x < 4; ++x) {
        EXPECT_EQ(at(turned.view.image, z, y, x), at(before.view.image, z, x, 3 - y));
        EXPECT_EQ(turned.labels[(z * 4 + y) * 4 + x], before.labels[(z * 4 + x) * 4 + 3 - y]);
      }
  for (int quarter = 0; quarter < 3; ++quarter) applyTurns(turned.view, parameters);
  EXPECT_EQ(turned.image, before.image);
  parameters.quarters = 0;
  parameters.order = {0, 2, 1};
  applyTurns(turned.view, parameters);
  EXPECT_EQ(at(turned.view.image, 2, 1, 3), at(before.view.image, 2, 3, 1));
}

TEST(Median, IsTheUpperMiddleOfTheWindowWithAReflectedBorder) {
  OwnedSample sample(2, {1, 1, 5});
  sample.image = {5, 1, 4, 2, 3};
  sample.view.image.data = sample.image.data();
  Workspace workspace;
  OwnedSample even(sample);
  applyMedian(sample.view.image, 2, {3}, workspace);
  // Windows of three rows (all the same) and columns 5 5 1, 5 1 4, 1 4 2, 4 2 3, 2 3 3.
  EXPECT_EQ(sample.image, (std::vector<float>{5, 4, 2, 3, 3}));
  applyMedian(even.view.image, 2, {2}, workspace);
  // Columns 5 5, 5 1, 1 4, 4 2, 2 3: of two the larger.
  EXPECT_EQ(even.image, (std::vector<float>{5, 5, 4, 4, 3}));
}

TEST(Sharpening, AddsTheLaplacian) {
  OwnedSample sample(3, {3, 4, 5});
  fillRandomly(sample.image, 2);
  const OwnedSample before(sample);
  Workspace workspace;
  applySharpening(sample.view.image, 3, {0.5}, workspace);
  const auto& image = before.view.image;
  const auto near = [&](int64_t z, int64_t y, int64_t x) {
    return at(image, std::clamp<int64_t>(z, 0, 2), std::clamp<int64_t>(y, 0, 3), std::clamp<int64_t>(x, 0, 4));
  };
  for (int64_t z = 0; z < 3; ++z)
    for (int64_t y = 0; y < 4; ++y)
      for (int64_t x = 0; x < 5; ++x) {
        const float laplacian = 6 * near(z, y, x) - near(z - 1, y, x) - near(z + 1, y, x) - near(z, y - 1, x) -
                                near(z, y + 1, x) - near(z, y, x - 1) - near(z, y, x + 1);
        EXPECT_NEAR(at(sample.view.image, z, y, x), near(z, y, x) + 0.5f * laplacian, 1e-5);
      }
}

TEST(Blanks, AreFilledWithTheirMean) {
  OwnedSample sample(3, {4, 4, 4});
  fillRandomly(sample.image, 3);
  const OwnedSample before(sample);
  applyBlanks(sample.view.image, {{{{1, 0, 2}, {2, 3, 2}}}});
  double sum = 0;
  for (int64_t z = 1; z < 3; ++z)
    for (int64_t y = 0; y < 3; ++y)
      for (int64_t x = 2; x < 4; ++x) sum += at(before.view.image, z, y, x);
  EXPECT_NEAR(at(sample.view.image, 2, 2, 3), sum / 12, 1e-5);
  EXPECT_EQ(at(sample.view.image, 0, 0, 2), at(before.view.image, 0, 0, 2));
  Random random{7};
  for (int draw = 0; draw < 50; ++draw)
    for (const auto& rectangles : drawBlanks(random, sample.view.image))
      for (const auto& [low, size] : rectangles)
        for (int axis = 0; axis < 3; ++axis)
          EXPECT_TRUE(low[axis] >= 0 && size[axis] >= 1 && low[axis] + size[axis] <= 4);
}

// scipy: np.diff(norm.cdf(np.arange(-0.5, 5.5), 1.2, 2)) = 0.1665, 0.1916, 0.1808, 0.1317, 0.0770 (rounded).
TEST(LocalChanges, FollowAGaussianStretchedToItsRange) {
  OwnedSample sample(2, {1, 1, 5});
  LocalChange change;
  change.center = {0, 0, 1.2};
  change.deviation = {1, 1, 2};
  change.amount = 3;
  applyGradients(sample.view.image, 2, {change});
  const auto cdf = [](double edge) { return 0.5 * std::erfc((1.2 - edge) / 2 / std::sqrt(2.0)); };
  std::vector<double> shares;
  for (int i = 0; i < 5; ++i) shares.push_back(cdf(i + 0.5) - cdf(i - 0.5));
  const auto [low, high] = std::minmax_element(shares.begin(), shares.end());
  for (int i = 0; i < 5; ++i) EXPECT_NEAR(sample.image[i], 3 * (shares[i] - *low) / (*high - *low), 1e-5);

  OwnedSample ramp(2, {1, 1, 5});
  for (int i = 0; i < 5; ++i) ramp.image[i] = static_cast<float>(2 + i);
  change.amount = 2;
  applyLocalGammas(ramp.view.image, 2, {change});
  for (int i = 0; i < 5; ++i) {
    const double weight = (shares[i] - *low) / (*high - *low), share = i / 4.0;
    EXPECT_NEAR(ramp.image[i], (share * (1 - weight) + share * share * weight) * 4 + 2, 1e-5);
  }
}

TEST(Contrast, MayLeaveTheRange) {
  OwnedSample sample(3, {2, 3, 4});
  fillRandomly(sample.image, 4);
  const auto [low, high] = std::minmax_element(sample.image.begin(), sample.image.end());
  const float highest = *high;
  applyContrast(sample.view.image, {{2}, /*keepsRange=*/false});
  EXPECT_GT(*std::max_element(sample.image.begin(), sample.image.end()), highest);
}

TEST(StrongAugmentation, ChangesTheImageAndKeepsTheLabelsWhole) {
  Random random{11};
  AugmentSettings settings = strongSettings({});
  settings.mirrorAxes = {0, 1, 2};
  Workspace workspace;
  int changed = 0;
  for (int draw = 0; draw < 20; ++draw) {
    OwnedSample sample(3, {8, 8, 8}, 2);
    fillRandomly(sample.image, 5);
    test::fillWithBlocks(sample.view.segmentation, 6);
    const OwnedSample before(sample);
    applyStrong(sample.view, settings, random, workspace);
    changed += sample.image != before.image;
    auto sorted = before.labels, after = sample.labels;
    std::ranges::sort(sorted);
    std::ranges::sort(after);
    EXPECT_EQ(after, sorted);  // turned and mirrored, never made up
    for (const float value : sample.image) EXPECT_TRUE(std::isfinite(value));
  }
  EXPECT_GT(changed, 15);
}

}  // namespace
}  // namespace nnunet::augment
