#include <gtest/gtest.h>

#include "network/loss.h"
#include "network/thread_pool.h"
#include "trainer/training/loss.h"

namespace nnunet::network {
namespace {

/** Value and gradient against the composed loss. */
void expectAgreement(const LossSettings& kind, const torch::Tensor& target, int64_t channels) {
  auto shape = target.sizes().vec();
  shape[1] = channels;
  const auto scores = (torch::randn(shape) * 3).requires_grad_();
  auto expected = composedDiceAndCrossEntropy(scores, target, kind);
  if (kind.hardestShare) {
    LossSettings hardest = kind;
    hardest.diceWeight = hardest.entropyWeight = 0;
    expected = expected + diceAndCrossEntropy(scores, target, hardest);  // LibTorch's operations, too
  }
  (expected * 0.7).backward();

  ThreadPool pool(3);
  const Parallel parallel = [&](int64_t pieces, const std::function<void(int64_t)>& body) {
    pool.run(pieces, [&](int64_t piece, int) { body(piece); });
  };
  const int64_t voxels = target.numel() / (target.size(0) * target.size(1));
  const LossInput input{scores.const_data_ptr<float>(), target.const_data_ptr<int16_t>(), target.size(0), channels,
                        voxels};
  const auto loss = lossOf(input, kind, parallel);
  auto gradient = torch::empty_like(scores);
  lossGradient(input, kind, loss, 0.7f, gradient.data_ptr<float>(), parallel);
  EXPECT_NEAR(loss.value, expected.item<double>(), 3e-6);
  EXPECT_LT((gradient - scores.grad()).abs().max().item<double>(), 2e-5 * scores.grad().abs().max().item<double>());
}

torch::Tensor randomLabels(int64_t highest) {
  torch::manual_seed(5);
  return torch::randint(highest + 1, {3, 1, 6, 33, 17}, torch::kShort);
}
torch::Tensor randomRegions(int64_t channels) {
  torch::manual_seed(5);
  return torch::randint(2, {2, channels, 40, 37}, torch::kShort);
}

TEST(NetworkLoss, OfLabels) {
  expectAgreement({}, randomLabels(3), 4);
}
TEST(NetworkLoss, OfLabelsOverTheBatchWithIgnoreLabel) {
  LossSettings kind;
  kind.batchDice = true;
  kind.ignoreLabel = 3;
  expectAgreement(kind, randomLabels(3), 3);
}
TEST(NetworkLoss, OfRegions) {
  LossSettings kind;
  kind.regions = true;
  expectAgreement(kind, randomRegions(3), 3);
  kind.batchDice = true;
  kind.ignoreLabel = 4;
  expectAgreement(kind, randomRegions(3), 2);
}
TEST(NetworkLoss, OfCrossEntropyAlone) {
  LossSettings kind;
  kind.diceWeight = 0;
  expectAgreement(kind, randomLabels(3), 4);
  kind.ignoreLabel = 3;
  expectAgreement(kind, randomLabels(3), 3);
}
TEST(NetworkLoss, OfDiceAloneAndWithoutSmoothing) {
  LossSettings kind;
  kind.smooth = 0;
  expectAgreement(kind, randomLabels(3), 4);
  kind.entropyWeight = 0;
  expectAgreement(kind, randomLabels(3), 4);
}
TEST(NetworkLoss, OfTheHardestVoxels) {
  LossSettings kind;
  kind.hardestShare = 0.1;
  expectAgreement(kind, randomLabels(3), 4);
  kind.entropyWeight = 0;
  expectAgreement(kind, randomLabels(3), 4);
  kind.labelSmoothing = 0.1;
  expectAgreement(kind, randomLabels(3), 4);
  kind.ignoreLabel = 3;
  kind.diceWeight = 0;
  expectAgreement(kind, randomLabels(3), 3);
}
TEST(NetworkLoss, TakesAsManyOfTheHardestAsWereAskedForWhereAllAreAlike) {
  LossSettings kind;
  kind.hardestShare = 0.1;
  kind.diceWeight = kind.entropyWeight = 0;
  const std::vector<float> scores(2 * 2 * 50, 0.f);
  const std::vector<int16_t> target(2 * 50, 1);
  const Parallel parallel = [](int64_t pieces, const std::function<void(int64_t)>& body) {
    for (int64_t piece = 0; piece < pieces; ++piece) body(piece);
  };
  const LossInput input{scores.data(), target.data(), 2, 2, 50};
  std::vector<float> gradient(scores.size());
  lossGradient(input, kind, lossOf(input, kind, parallel), 1, gradient.data(), parallel);
  EXPECT_EQ(std::count_if(gradient.begin(), gradient.end(), [](float g) { return g != 0; }), 2 * 10);
}
TEST(NetworkLoss, RefusesLabelsThatTheNetworkDoesNotKnow) {
  const std::vector<float> scores(2 * 8, 0.f);
  const std::vector<int16_t> target(8, 2);
  EXPECT_THROW(lossOf({scores.data(), target.data(), 1, 2, 8}, {},
                      [](int64_t pieces, const std::function<void(int64_t)>& body) {
                        for (int64_t piece = 0; piece < pieces; ++piece) body(piece);
                      }),
               UnknownLabel);
}

}  // namespace
}  // namespace nnunet::network
