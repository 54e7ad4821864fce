/** Losses, learning rates and optimizer steps beside what the classes of nnU-Net's trainer variants gave. */
#include <gtest/gtest.h>

#include <cmath>

#include "trainer/training/learning_rate.h"
#include "trainer/training/loss.h"

namespace nnunet {
namespace {

struct GoldenLoss {
  std::string name;
  bool regions, ignores, batchDice;
  double value, weightedGradient, gradientSize;
};
struct GoldenRates {
  std::string policy;
  int64_t warmup, epochs;
  std::vector<double> rates;
};
struct GoldenSteps {
  std::string optimizer;
  std::vector<double> weights;
};
#include "variants_golden.inc"

const std::vector<int64_t> kShape{2, 4, 3, 5, 7};

torch::Tensor goldenLogits() {
  const int64_t count = 2 * 4 * 3 * 5 * 7;
  auto values = torch::empty({count}, torch::kDouble);
  for (int64_t i = 0; i < count; ++i)
    values[i] = 3 * std::sin(0.7 * static_cast<double>(i) + 0.1 * static_cast<double>(i % 11));
  return values.to(torch::kFloat).reshape(kShape).detach().requires_grad_();
}

torch::Tensor goldenLabels(int64_t classes) {
  const int64_t count = 2 * 3 * 5 * 7;
  auto values = torch::empty({count}, torch::kShort);
  for (int64_t i = 0; i < count; ++i) values[i] = (i * i + i / 5) % classes;
  return values.reshape({2, 1, 3, 5, 7});
}

torch::Tensor goldenRegions() {
  std::vector<torch::Tensor> regions;
  for (int64_t low = 1; low < 5; ++low) regions.push_back(goldenLabels(5).ge(low).to(torch::kShort));
  return torch::cat(regions, 1);
}

TEST(TrainerVariants, HaveTheLossesOfNnunet) {
  for (const auto& golden : goldenLosses) {
    auto settings = lossSettings(golden.name);
    settings.regions = golden.regions;
    settings.batchDice = golden.batchDice;
    if (golden.ignores) settings.ignoreLabel = 4;
    const auto target = golden.regions ? goldenRegions() : goldenLabels(golden.ignores ? 5 : 4);
    const auto x = goldenLogits();
    const auto loss = diceAndCrossEntropy(x, target, settings);
    loss.backward();
    const std::string name = golden.name + (golden.regions ? " of regions" : "") +
                             (golden.ignores ? " with an ignore label" : "") +
                             (golden.batchDice ? " over the batch" : "");
    EXPECT_NEAR(loss.item<double>(), golden.value, 3e-6) << name;
    const auto gradient = x.grad().to(torch::kDouble).flatten();
    double weighted = 0;
    for (int64_t i = 0; i < gradient.numel(); ++i)
      weighted += gradient[i].item<double>() * std::cos(0.3 * static_cast<double>(i));
    EXPECT_NEAR(weighted, golden.weightedGradient, 1e-5) << name;
    EXPECT_NEAR(gradient.abs().sum().item<double>(), golden.gradientSize, 1e-5) << name;
  }
}

TEST(TrainerVariants, HaveTheLearningRatesOfNnunet) {
  for (const auto& golden : goldenRates) {
    Schedule schedule;
    schedule.cosine = golden.policy == "cosine";
    schedule.warmupEpochs = golden.warmup;
    schedule.epochs = golden.epochs;
    for (size_t epoch = 0; epoch < golden.rates.size(); ++epoch)
      EXPECT_NEAR(learningRate(schedule, static_cast<int64_t>(epoch), 0), golden.rates[epoch], 1e-12)
          << golden.policy << " after a warm-up of " << golden.warmup << ", epoch " << epoch;
  }
}

TEST(TrainerVariants, TakeTheStepsOfTorchsOptimizers) {
  for (const auto& golden : goldenSteps) {
    auto weight = torch::empty({6});
    for (int64_t i = 0; i < 6; ++i) weight[i] = std::sin(1.3 * static_cast<double>(i));
    weight.requires_grad_();
    Optimizer optimizer({{"weight", weight}}, {.kind = optimizerKind(golden.optimizer)});
    for (int64_t step = 0; step < 4; ++step) {
      auto gradient = torch::empty({6});
      for (int64_t i = 0; i < 6; ++i)
        gradient[i] =
            std::cos(0.9 * static_cast<double>(i) + static_cast<double>(step)) / static_cast<double>(1 + 3 * step);
      weight.mutable_grad() = gradient;
      optimizer.step(0.01);
    }
    for (int64_t i = 0; i < 6; ++i)
      EXPECT_NEAR(weight[i].item<double>(), golden.weights[static_cast<size_t>(i)], 2e-6) << golden.optimizer;
  }
}

TEST(LearningRate, FallsOverTheBudgetAfterAWarmUp) {
  Schedule schedule;
  schedule.budgetSeconds = 100;
  schedule.warmupEpochs = 4;
  EXPECT_NEAR(learningRate(schedule, 0, 0.01), 0.0025, 1e-12);
  EXPECT_NEAR(learningRate(schedule, 4, 0.2), 0.01 * std::pow(0.8, 0.9), 1e-12);
  EXPECT_EQ(learningRate(schedule, 9, 1), 0);
}

}  // namespace
}  // namespace nnunet
