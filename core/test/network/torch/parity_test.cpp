#include "parity.h"

#include "../architectures.h"
#include "network/optimizer.h"
#include "trainer/training/loss.h"
#include "trainer/training/optimizer.h"

namespace nnunet::network {
namespace {

struct Kind {
  const char* name;
  Architecture architecture;
  std::vector<int64_t> patch;
};

Architecture with(Architecture a, void (*change)(Architecture&)) {
  change(a);
  return a;
}

std::vector<Kind> kinds() {
  std::vector<Kind> result;
  for (const bool residual : {false, true}) {
    result.push_back({residual ? "residual 3D" : "plain 3D", smallArchitecture(residual, 3, {8, 16, 32}), {16, 8, 12}});
    result.push_back(
        {residual ? "residual 2D" : "plain 2D", smallArchitecture(residual, 2, {8, 16, 32, 32}), {40, 24}});
    result.push_back(
        {residual ? "residual anisotropic" : "plain anisotropic", anisotropicArchitecture(residual), {6, 16, 20}});
    result.push_back({residual ? "residual, same features" : "plain, same features",
                      smallArchitecture(residual, 3, {16, 16, 16}),
                      {8, 8, 16}});
    result.push_back({residual ? "residual, batch norm" : "plain, batch norm",
                      with(smallArchitecture(residual, 2, {8, 16, 32}), [](Architecture& a) { a.batchNorm = true; }),
                      {16, 24}});
    result.push_back({residual ? "residual, many inputs" : "plain, many inputs",
                      with(smallArchitecture(residual, 3, {16, 32}), [](Architecture& a) { a.inputChannels = 5; }),
                      {8, 12, 20}});
    result.push_back({residual ? "residual, odd numbers" : "plain, odd numbers",
                      with(smallArchitecture(residual, 3, {6, 11}),
                           [](Architecture& a) {
                             a.outputChannels = 17;
                             a.encoderUnits = {1, 3};
                             a.convBias = false;
                           }),
                      {6, 10, 14}});
  }
  return result;
}

TEST(NetworkParity, OfScoresWithLibTorch) {
  for (const auto& kind : kinds()) {
    SCOPED_TRACE(kind.name);
    Parity parity(kind.architecture, {2, kind.patch, kind.architecture.stages() - 1, false});
    parity.forward();
    const auto expected = parity.oracle.forward(parity.image.to(torch::kDouble), parity.request.heads);
    for (size_t i = 0; i < expected.size(); ++i) EXPECT_LT(relativeError(parity.scores(i), expected[i]), 1e-5);
  }
}

TEST(NetworkParity, OfEveryGradientWithLibTorch) {
  for (const auto& kind : kinds()) {
    SCOPED_TRACE(kind.name);
    Parity parity(kind.architecture, {2, kind.patch, kind.architecture.stages() - 1, true});
    parity.drawLabels(kind.architecture.outputChannels - 1);
    const auto weights = outputWeights(parity.request.heads);
    parity.forward();
    const double loss = parity.network.loss(parity.targetPointers(), weights, {});
    parity.network.backward();
    const auto scores = parity.oracle.forward(parity.image.to(torch::kDouble), parity.request.heads);
    torch::Tensor expected = torch::zeros({}, torch::kDouble);
    for (size_t i = 0; i < scores.size(); ++i)
      expected = expected + weights[i] * composedDiceAndCrossEntropy(scores[i], parity.targets[i], LossSettings{});
    expected.backward();
    EXPECT_NEAR(loss, expected.item<double>(), 1e-5);
    expectGradients(parity, 1e-4);
  }
}

TEST(NetworkParity, OfGatheredMeansOfBatchNormalisation) {
  for (const bool bias : {false, true}) {
    Architecture a = smallArchitecture(false, 2, {8, 16});
    a.batchNorm = true;
    a.convBias = bias;
    Parity parity(a, {3, {16, 24}, 1, true});
    for (int i = 0; i < 3; ++i) {
      parity.forward();
      parity.oracle.forward(parity.image.to(torch::kDouble), 1);
    }
    const auto statistics = runningStatisticsOf(a);
    for (const auto& parameter : statistics.parameters) {
      const auto own = torch::from_blob(parity.network.runningStatistics().data() + parameter.first, parameter.shape);
      EXPECT_LT(relativeError(own, parity.oracle.running(parameter.name)), 1e-5) << parameter.name;
    }
    parity.forward(Network::Mode::evaluate);
    EXPECT_LT(relativeError(parity.scores(0), parity.oracle.forward(parity.image.to(torch::kDouble), 1, false)[0]),
              1e-5);
  }
}

/** 20 steps of both; their losses. */
void expectSameTraining(const Architecture& architecture, const std::vector<int64_t>& patch, OptimizerKind kind) {
  Parity parity(architecture, {2, patch, architecture.stages() - 1, true});
  parity.drawLabels(architecture.outputChannels - 1);
  const auto weights = outputWeights(parity.request.heads);
  OptimizerSettings settings;
  settings.kind = kind;
  settings.clipNorm = 1;  // so that it clips
  Optimizer own(parity.network.plan().parameters, parity.network.plan().trained, settings);
  nnunet::ParameterList parameters;
  for (const auto& parameter : parity.oracle.table().parameters)
    parameters.push_back({parameter.name, parity.oracle.parameter(parameter.name)});
  nnunet::Optimizer expected(parameters, settings);
  const double learningRate = kind == OptimizerKind::sgd ? 1e-2 : 3e-4;
  for (int step = 0; step < 20; ++step) {
    parity.forward();
    const double loss = parity.network.loss(parity.targetPointers(), weights, {});
    parity.network.backward();
    const double norm = own.step(parity.network.weights(), parity.network.gradients(), learningRate, parity.pool);
    expected.clearGradients();
    const auto scores = parity.oracle.forward(parity.image.to(torch::kDouble), parity.request.heads);
    torch::Tensor theirs = torch::zeros({}, torch::kDouble);
    for (size_t i = 0; i < scores.size(); ++i)
      if (weights[i] > 0)
        theirs = theirs + weights[i] * composedDiceAndCrossEntropy(scores[i], parity.targets[i], LossSettings{});
    theirs.backward();
    const double theirNorm = expected.step(learningRate);
    EXPECT_NEAR(loss, theirs.item<double>(), 1e-4) << "step " << step;
    // Rounding grows from step to step, and in the gradient before it is felt in the loss.
    if (step < 5) {
      EXPECT_NEAR(norm / theirNorm, 1, 1e-3) << "step " << step;
    }
  }
}

TEST(NetworkParity, OfTwentyStepsOfSgd) {
  expectSameTraining(smallArchitecture(false, 3, {8, 16, 32}), {8, 16, 16}, OptimizerKind::sgd);
  expectSameTraining(smallArchitecture(true, 2, {8, 16, 32}), {24, 32}, OptimizerKind::sgd);
}
TEST(NetworkParity, OfTwentyStepsOfAdam) {
  for (const auto kind : {OptimizerKind::adam, OptimizerKind::adamw, OptimizerKind::amsgrad}) {
    SCOPED_TRACE(nameOf(kind));
    expectSameTraining(smallArchitecture(false, 3, {8, 16, 32}), {8, 16, 16}, kind);
  }
}

}  // namespace
}  // namespace nnunet::network
