#include "network/plan.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <stdexcept>

#include "architectures.h"

namespace nnunet::network {
namespace {

std::vector<NetworkPlan> plansOfEveryKind(bool training) {
  std::vector<NetworkPlan> plans;
  for (const bool residual : {false, true}) {
    plans.push_back(planNetwork(smallArchitecture(residual, 3, {8, 16, 32}), {2, {16, 8, 12}, 2, training}));
    plans.push_back(planNetwork(smallArchitecture(residual, 2, {8, 16, 32, 32}), {3, {32, 24}, 3, training}));
    plans.push_back(planNetwork(anisotropicArchitecture(residual), {1, {6, 16, 20}, 1, training}));
  }
  return plans;
}

/** All steps in the order in which they run. */
std::vector<const Step*> stepsOf(const NetworkPlan& plan) {
  std::vector<const Step*> steps;
  for (const auto* list : {&plan.forward, &plan.losses, &plan.backward})
    for (const auto& step : *list) steps.push_back(&step);
  return steps;
}

TEST(NetworkPlan, ReadsOnlyWhatWasWrittenBefore) {
  for (const auto& plan : plansOfEveryKind(true)) {
    std::set<int> written;
    for (const Step* step : stepsOf(plan)) {
      for (const auto& part : step->reads) EXPECT_TRUE(written.contains(part.value)) << plan.values[part.value].name;
      for (const auto& part : step->writes) {
        if (step->adds) {
          EXPECT_TRUE(written.contains(part.value)) << plan.values[part.value].name;
        }
        written.insert(part.value);
      }
    }
  }
}

TEST(NetworkPlan, WritesEveryChannelOfAConcatenationBeforeItIsRead) {
  for (const auto& plan : plansOfEveryKind(true)) {
    std::map<int, std::set<int64_t>> channels;
    for (const Step* step : stepsOf(plan)) {
      for (const auto& part : step->reads)
        for (int64_t c = part.first; c < part.first + part.channels; ++c)
          EXPECT_TRUE(channels[part.value].contains(c)) << plan.values[part.value].name << " " << c;
      for (const auto& part : step->writes)
        for (int64_t c = part.first; c < part.first + part.channels; ++c) channels[part.value].insert(c);
    }
  }
}

TEST(NetworkPlan, GivesAGradientToEachParameterThatHasOne) {
  for (const auto& plan : plansOfEveryKind(true)) {
    std::set<int> given;
    for (const auto& step : plan.backward) {
      const Layer layer = step.layer < 0 ? Layer{} : plan.layers[step.layer];
      if (step.kind == StepKind::weightGradient) given.insert(layer.weight);
      if (step.kind == StepKind::normaliseGradient) given.insert({layer.normWeight, layer.normBias});
      if (step.kind == StepKind::upsampleWeightGradient || step.kind == StepKind::headGradient)
        given.insert({layer.weight, layer.bias});
    }
    for (size_t i = 0; i < plan.trained.size(); ++i) {
      const bool beforeNorm = plan.parameters.parameters[i].name.ends_with(".conv.bias");
      EXPECT_EQ(given.contains(static_cast<int>(i)), plan.trained[i] && !beforeNorm)
          << plan.parameters.parameters[i].name;
    }
  }
}

TEST(NetworkPlan, LeavesHeadsThatAreNotAskedForUntrained) {
  const auto plan = planNetwork(smallArchitecture(false, 3, {8, 16, 32}), {1, {8, 8, 8}, 1, true});
  EXPECT_FALSE(plan.trained[plan.parameters.find("decoder.seg_layers.0.weight")]);
  EXPECT_TRUE(plan.trained[plan.parameters.find("decoder.seg_layers.1.weight")]);
}

TEST(NetworkPlan, NeedsLessMemoryWithoutTheWayBack) {
  const Architecture a = smallArchitecture(false, 3, {16, 32, 64});
  const auto training = planNetwork(a, {2, {32, 32, 32}, 2, true}),
             prediction = planNetwork(a, {2, {32, 32, 32}, 1, false});
  EXPECT_LT(2 * prediction.arena.bytes, training.arena.bytes);
  // The concatenation, the sums and what becomes of them: two and two halves of the largest volume with its border.
  const int64_t largest = 2 * 34 * 34 * 34 * 16 * 4;
  EXPECT_LE(prediction.arena.bytes, 5 * largest);
}

TEST(NetworkPlan, NeedsLessMemoryThanItsValuesTogether) {
  for (const auto& plan : plansOfEveryKind(true)) {
    int64_t sum = 0;
    for (const auto& value : plan.values) sum += value.shape.numbers() * 4;
    EXPECT_LT(plan.arena.bytes, sum * 2 / 3);
  }
}

TEST(NetworkPlan, GivesBordersOnlyWhereKernelsReachOverTheEdge) {
  const auto plan = planNetwork(anisotropicArchitecture(false), {1, {4, 16, 16}, 1, false});
  for (const auto& value : plan.values) {
    if (value.name == "image") {
      EXPECT_EQ(value.shape.border, (Axes{0, 1, 1}));
    }
    if (value.name == "skip 1") {
      EXPECT_EQ(value.shape.border, (Axes{1, 1, 1}));
    }
    if (value.name.ends_with(" sums")) {
      EXPECT_EQ(value.shape.border, (Axes{0, 0, 0}));
    }
  }
}

TEST(NetworkPlan, RefusesPatchesThatTheStridesDoNotDivide) {
  EXPECT_THROW(planNetwork(smallArchitecture(false, 2, {8, 16, 32}), {1, {16, 18}, 1, true}), std::invalid_argument);
}

TEST(Weights, HaveThePublishedNumbers) {
  const std::vector<int64_t> features3d{32, 64, 128, 256, 320, 320};
  Architecture plain = smallArchitecture(false, 3, features3d), residual = smallArchitecture(true, 3, features3d);
  residual.encoderUnits = {1, 3, 4, 6, 6, 6};
  EXPECT_EQ(parametersOf(plain).numbers, 31'196'399);
  EXPECT_EQ(parametersOf(residual).numbers, 102'350'575);
}

TEST(Weights, OfTheSameSeedAreTheSame) {
  const auto table = parametersOf(smallArchitecture(true, 2, {8, 16}));
  std::vector<float> first(table.numbers), second(table.numbers), other(table.numbers);
  drawWeights(table, 7, first);
  drawWeights(table, 7, second);
  drawWeights(table, 8, other);
  EXPECT_EQ(first, second);
  EXPECT_NE(first, other);
}

TEST(Weights, HaveTheStandardDeviationOfHe) {
  const auto table = parametersOf(smallArchitecture(false, 3, {32, 64}));
  std::vector<float> values(table.numbers);
  drawWeights(table, 1, values);
  for (const auto& parameter : table.parameters) {
    if (parameter.shape.size() == 1 || parameter.count < 2000) continue;
    double squares = 0;
    for (int64_t i = 0; i < parameter.count; ++i) squares += values[parameter.first + i] * values[parameter.first + i];
    const double inputs = static_cast<double>(parameter.count / parameter.shape[0]);
    EXPECT_NEAR(std::sqrt(squares / parameter.count) / std::sqrt(2 / (1 + 1e-4) / inputs), 1, 0.1) << parameter.name;
  }
}

}  // namespace
}  // namespace nnunet::network
