#include "trainer/training/history.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nnunet {
namespace {

EpochRecord epochWith(double dice) {
  return {.trainLoss = 1, .valLoss = 1, .learningRate = 0.01, .startTime = 0, .endTime = 1, .dicePerClass = {dice}};
}

/** As a training that is killed after every epoch has it. */
History resumed(const History& history) {
  History result;
  const auto best = history.best() ? nlohmann::json(*history.best()) : nlohmann::json(nullptr);
  result.fromJson(nlohmann::json::parse(history.toJson().dump()), nlohmann::json::parse(best.dump()));
  return result;
}

TEST(History, SmoothsTheDiceAndKnowsTheBestEpoch) {
  History history;
  history.add(epochWith(0.5));
  EXPECT_TRUE(history.updateBest());
  history.add(epochWith(0.4));
  EXPECT_DOUBLE_EQ(history.emaDice(), 0.9 * 0.5 + 0.1 * 0.4);
  EXPECT_FALSE(history.updateBest());
  EXPECT_EQ(history.best(), 0.5);
}

TEST(History, IsTheSameAfterResumingAlsoWhereNoClassOccurred) {
  History whole, killed;
  for (const double dice : {std::nan(""), 0.2, std::nan(""), 0.3, 0.1, 0.9}) {
    whole.add(epochWith(dice));
    killed.add(epochWith(dice));
    EXPECT_EQ(whole.updateBest(), killed.updateBest()) << dice;
    killed = resumed(killed);
    EXPECT_EQ(whole.best(), killed.best()) << dice;
    EXPECT_EQ(whole.toJson(), killed.toJson()) << dice;
  }
  EXPECT_NEAR(whole.emaDice(), 0.9 * (0.9 * (0.9 * 0.2 + 0.1 * 0.3) + 0.1 * 0.1) + 0.1 * 0.9, 1e-12);
}

TEST(History, TakesTheFirstEpochForTheBestUntilOneHasANumber) {
  History history;
  history.add(epochWith(std::nan("")));
  EXPECT_TRUE(history.updateBest());
  EXPECT_FALSE(history.best());
  history.add(epochWith(0.1));
  EXPECT_TRUE(history.updateBest());
  EXPECT_EQ(history.best(), 0.1);
}

}  // namespace
}  // namespace nnunet
