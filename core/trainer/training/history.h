/** The curves of a training run, under the names that nnU-Net's checkpoints log them with. One value per epoch. */
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

namespace nnunet {

struct EpochRecord {
  double trainLoss, valLoss, learningRate, startTime, endTime;  ///< times: seconds since 1970
  std::vector<double> dicePerClass;                             ///< NaN where a class appeared nowhere
};

class History {
 public:
  void add(const EpochRecord& record);
  size_t epochs() const { return meanDice_.size(); }
  double meanDice() const { return meanDice_.back(); }
  /** 0.9 * old + 0.1 * new; the first epoch's mean to begin with. An epoch in which no class occurred changes nothing.
   */
  double emaDice() const { return emaDice_.back(); }
  /** Notes the best moving average; @returns whether the last epoch is a new best (the first always is). */
  bool updateBest();
  std::optional<double> best() const { return best_; }

  nlohmann::json toJson() const;
  void fromJson(const nlohmann::json& history, const nlohmann::json& best);

 private:
  double smoothed(double mean) const;
  std::vector<double> meanDice_, emaDice_, trainLosses_, valLosses_, learningRates_, starts_, ends_;
  std::vector<std::vector<double>> dicePerClass_;
  std::optional<double> best_;
};

/** Mean of the values that are not NaN; NaN if there is none. */
double nanMean(const std::vector<double>& values);

}  // namespace nnunet
