#include "trainer/training/loss.h"

#include <gtest/gtest.h>

#include "trainer/device.h"
#include "trainer/training/metrics.h"

namespace nnunet {
namespace {

/** Value and gradient of the fused loss against the one composed of LibTorch's operations in float64 sums. */
void expectFusedEqualsComposed(const LossSettings& settings, const torch::Tensor& target, int64_t channels) {
  auto shape = target.sizes().vec();
  shape[1] = channels;
  const auto x = (torch::randn(shape) * 3).requires_grad_();
  const auto reference = x.detach().clone().requires_grad_();
  const auto fused = diceAndCrossEntropy(x, target, settings);
  const auto composed = composedDiceAndCrossEntropy(reference, target, settings);
  EXPECT_NEAR(fused.item<double>(), composed.item<double>(), 2e-6);
  (fused * 0.7).backward();
  (composed * 0.7).backward();
  const double scale = reference.grad().abs().max().item<double>();
  EXPECT_LT((x.grad() - reference.grad()).abs().max().item<double>(), 2e-5 * scale);
}

torch::Tensor randomLabels(int64_t highest) {
  torch::manual_seed(5);
  return torch::randint(highest + 1, {3, 1, 6, 33, 17}, torch::kShort);
}

TEST(Loss, OfLabelsAgreesWithTheComposedOne) {
  expectFusedEqualsComposed({}, randomLabels(3), 4);
}
TEST(Loss, OfLabelsOverTheBatch) {
  expectFusedEqualsComposed({.batchDice = true, .ignoreLabel = {}}, randomLabels(2), 3);
}
TEST(Loss, LeavesIgnoredVoxelsOut) {
  expectFusedEqualsComposed({.ignoreLabel = 3}, randomLabels(3), 3);
}
TEST(Loss, IsFiniteWhereEveryVoxelIsIgnored) {
  const auto x = torch::randn({1, 3, 4, 4, 4}).requires_grad_();
  const auto loss = diceAndCrossEntropy(x, torch::full({1, 1, 4, 4, 4}, 3, torch::kShort), {.ignoreLabel = 3});
  loss.backward();
  EXPECT_TRUE(std::isfinite(loss.item<double>()));
  EXPECT_EQ(x.grad().abs().max().item<double>(), 0);
}
TEST(Loss, OfRegionsAgreesWithTheComposedOne) {
  torch::manual_seed(5);
  expectFusedEqualsComposed({.regions = true, .batchDice = true, .ignoreLabel = {}},
                            torch::randint(2, {2, 3, 40, 37}, torch::kShort), 3);
}
TEST(Loss, OfRegionsWithIgnoreChannel) {
  torch::manual_seed(5);
  expectFusedEqualsComposed({.regions = true, .ignoreLabel = 4}, torch::randint(2, {2, 3, 40, 37}, torch::kShort), 2);
}

TEST(Loss, RefusesLabelsThatTheNetworkDoesNotKnow) {
  EXPECT_THROW(diceAndCrossEntropy(torch::randn({1, 2, 4, 4}), torch::full({1, 1, 4, 4}, 2, torch::kShort), {}),
               std::exception);
}

TEST(DeepSupervision, HalvesWeightsAndLeavesTheLowestOut) {
  const auto weights = deepSupervisionWeights(5);
  for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(weights[i], std::pow(2.0, 3.0 - i) / 15, 1e-12);
  EXPECT_EQ(weights[4], 0);
  EXPECT_EQ(deepSupervisionWeights(1), std::vector<double>{1});
}

TEST(DeepSupervision, IsFloat32AlsoInMixedPrecision) {
  const auto scores = torch::randn({2, 3, 4, 5, 6});
  const auto target = torch::randint(3, {2, 1, 4, 5, 6}, torch::kShort);
  const auto loss = [&] { return deepSupervisionLoss({scores}, {target}, {1}, {}).item<float>(); };
  const float exact = loss();
  const AutocastScope autocast(Precision::bf16, torch::kCPU);
  EXPECT_EQ(loss(), exact);
}

TEST(OnlineDice, CountsForegroundOnlyAndLeavesIgnoredVoxelsOut) {
  // One voxel a column: truth 0 1 1 2 3(ignored), prediction 1 1 0 2 1.
  const auto target = torch::tensor({0, 1, 1, 2, 3}, torch::kShort).view({1, 1, 1, 5});
  const auto predicted = torch::tensor({1, 1, 0, 2, 1}, torch::kLong);
  const auto logits = torch::one_hot(predicted, 3).to(torch::kFloat).t().reshape({1, 3, 1, 5});
  const auto counts = countOverlap(logits, target, {.ignoreLabel = 3});
  EXPECT_EQ(counts.truePositives, (std::vector<int64_t>{1, 1}));
  EXPECT_EQ(counts.falsePositives, (std::vector<int64_t>{1, 0}));
  EXPECT_EQ(counts.falseNegatives, (std::vector<int64_t>{1, 0}));
  EXPECT_NEAR(counts.dice()[0], 0.5, 1e-12);
}

TEST(OnlineDice, OfAClassThatAppearsNowhereIsNotANumber) {
  const auto counts =
      countOverlap(torch::tensor({1.f, 0.f}).view({1, 2, 1, 1}), torch::zeros({1, 1, 1, 1}, torch::kShort), {});
  EXPECT_TRUE(std::isnan(counts.dice()[0]));
}

}  // namespace
}  // namespace nnunet
