#include "trainer/training/optimizer.h"

#include <gtest/gtest.h>

#include "trainer/events.h"

namespace nnunet {
namespace {

/** Three steps of the rule in the spec (training, section 1), written out in float64. */
TEST(Optimizer, TakesNesterovStepsAsTorchDoes) {
  torch::manual_seed(2);
  const auto weight = torch::randn({50}).requires_grad_();
  auto w = weight.detach().to(torch::kDouble).clone(), buffer = torch::Tensor();
  Optimizer optimizer({{"layer.weight", weight}}, {});
  for (int step = 0; step < 3; ++step) {
    const auto gradient = torch::randn({50});
    optimizer.clearGradients();
    weight.mutable_grad() = gradient.clone();
    optimizer.step(0.01);
    auto g = gradient.to(torch::kDouble) * std::min(1.0, 12 / (gradient.norm().item<double>() + 1e-6)) + 3e-5 * w;
    buffer = buffer.defined() ? 0.99 * buffer + g : g.clone();
    w -= 0.01 * (g + 0.99 * buffer);
  }
  EXPECT_LT((weight.detach().to(torch::kDouble) - w).abs().max().item<double>(), 1e-6);
}

TEST(Optimizer, ClipsTheNormOfAllGradientsTogether) {
  const auto a = torch::zeros({1}).requires_grad_(), b = torch::zeros({1}).requires_grad_();
  Optimizer optimizer({{"a", a}, {"b", b}}, {.weightDecay = 0, .momentum = 0.5});
  a.mutable_grad() = torch::full({1}, 30.f);
  b.mutable_grad() = torch::full({1}, 40.f);
  EXPECT_NEAR(optimizer.step(1), 50, 1e-5);
  EXPECT_NEAR(a.item<double>(), -1.5 * 30 * 12 / 50, 1e-4);
  EXPECT_NEAR(b.item<double>(), -1.5 * 40 * 12 / 50, 1e-4);
}

TEST(Optimizer, LeavesParametersWithoutGradientAlone) {
  const auto used = torch::ones({1}).requires_grad_(), unused = torch::ones({1}).requires_grad_();
  Optimizer optimizer({{"used", used}, {"unused", unused}}, {.weightDecay = 0.5});
  used.mutable_grad() = torch::ones({1});
  optimizer.step(0.1);
  EXPECT_NE(used.item<double>(), 1);
  EXPECT_EQ(unused.item<double>(), 1);
  EXPECT_EQ(optimizer.state().size(), 1u);  // and has no momentum in the checkpoint
}

TEST(Optimizer, TakesNoStepWhenTheGradientIsNotFinite) {
  const auto weight = torch::ones({2}).requires_grad_();
  Optimizer optimizer({{"weight", weight}}, {});
  weight.mutable_grad() = torch::tensor({1.f, INFINITY});
  EXPECT_FALSE(std::isfinite(optimizer.step(0.1)));
  EXPECT_EQ(weight.min().item<double>(), 1);
}

TEST(Optimizer, GoesOnFromASavedState) {
  const auto run = [](bool interrupted, OptimizerKind kind) {
    const auto weight = torch::ones({4}).requires_grad_();
    auto optimizer = std::make_unique<Optimizer>(ParameterList{{"weight", weight}}, OptimizerSettings{.kind = kind});
    for (int step = 0; step < 4; ++step) {
      if (interrupted && step == 2) {
        const auto state = optimizer->state();
        const int64_t steps = optimizer->adamSteps();
        optimizer = std::make_unique<Optimizer>(ParameterList{{"weight", weight}}, OptimizerSettings{.kind = kind});
        optimizer->load({state.begin(), state.end()}, steps, "state");
      }
      weight.mutable_grad() = torch::arange(4, torch::kFloat) + step;
      optimizer->step(0.01);
    }
    return weight.detach().clone();
  };
  for (const auto kind : {OptimizerKind::sgd, OptimizerKind::adam, OptimizerKind::adamw, OptimizerKind::amsgrad})
    EXPECT_TRUE(torch::equal(run(false, kind), run(true, kind))) << nameOf(kind);
}

TEST(Optimizer, RefusesAStateOfAnotherShapeOrTypeAndKeepsItsOwn) {
  const auto weight = torch::ones({4, 3}).requires_grad_();
  Optimizer optimizer({{"weight", weight}}, {.kind = OptimizerKind::adamw});
  weight.mutable_grad() = torch::ones({4, 3});
  optimizer.step(0.01);
  const auto before = optimizer.state();
  const auto refused = [&](const std::string& name, const torch::Tensor& tensor) {
    std::map<std::string, torch::Tensor> state{{"optimizer.exp_avg.weight", torch::zeros({4, 3})},
                                               {"optimizer.exp_avg_sq.weight", torch::zeros({4, 3})}};
    state[name] = tensor;
    try {
      optimizer.load(state, 7, "checkpoint.safetensors");
    } catch (const CoreError& error) {
      EXPECT_NE(std::string(error.what()).find("weight"), std::string::npos) << error.what();
      EXPECT_EQ(error.where, "checkpoint.safetensors");
      return error.code == "checkpoint-mismatch";
    }
    return false;
  };
  EXPECT_TRUE(refused("optimizer.exp_avg.weight", torch::zeros({4, 2})));
  EXPECT_TRUE(refused("optimizer.exp_avg.weight", torch::zeros({12})));  // as many numbers, but in another order
  EXPECT_TRUE(refused("optimizer.exp_avg_sq.weight", torch::zeros({3})));
  EXPECT_TRUE(refused("optimizer.exp_avg_sq.weight", torch::zeros({4, 3}, torch::kHalf)));
  EXPECT_TRUE(refused("optimizer.exp_avg.weight", torch::zeros({4, 3}, torch::kLong)));
  EXPECT_EQ(optimizer.adamSteps(), 1);
  for (size_t i = 0; i < before.size(); ++i) EXPECT_TRUE(torch::equal(before[i].second, optimizer.state()[i].second));
}

}  // namespace
}  // namespace nnunet
