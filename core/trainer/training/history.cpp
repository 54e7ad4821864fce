#include "trainer/training/history.h"

#include <cmath>

#include "trainer/events.h"

namespace nnunet {
namespace {

nlohmann::json listOf(const std::vector<double>& values) {
  auto list = nlohmann::json::array();
  for (const double value : values)
    list.push_back(std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(nullptr));
  return list;
}

std::vector<double> valuesOf(const nlohmann::json& list) {
  std::vector<double> values;
  for (const auto& value : list) values.push_back(value.is_number() ? value.get<double>() : std::nan(""));
  return values;
}

}  // namespace

double nanMean(const std::vector<double>& values) {
  double sum = 0;
  int count = 0;
  for (const double value : values)
    if (!std::isnan(value)) sum += value, ++count;
  return count == 0 ? std::nan("") : sum / count;
}

void History::add(const EpochRecord& record) {
  const double mean = nanMean(record.dicePerClass);
  emaDice_.push_back(smoothed(mean));
  meanDice_.push_back(mean);
  dicePerClass_.push_back(record.dicePerClass);
  trainLosses_.push_back(record.trainLoss);
  valLosses_.push_back(record.valLoss);
  learningRates_.push_back(record.learningRate);
  starts_.push_back(record.startTime);
  ends_.push_back(record.endTime);
}

bool History::updateBest() {
  const double last = emaDice_.back();
  if (std::isnan(last)) return !best_;
  if (best_ && !(last > *best_)) return false;
  best_ = last;
  return true;
}

double History::smoothed(double mean) const {
  const double before = emaDice_.empty() ? std::nan("") : emaDice_.back();
  if (std::isnan(before)) return mean;
  return std::isnan(mean) ? before : 0.9 * before + 0.1 * mean;
}

nlohmann::json History::toJson() const {
  auto perClass = nlohmann::json::array();
  for (const auto& values : dicePerClass_) perClass.push_back(listOf(values));
  return {{"mean_fg_dice", listOf(meanDice_)},         {"ema_fg_dice", listOf(emaDice_)},
          {"dice_per_class_or_region", perClass},      {"train_losses", listOf(trainLosses_)},
          {"val_losses", listOf(valLosses_)},          {"lrs", listOf(learningRates_)},
          {"epoch_start_timestamps", listOf(starts_)}, {"epoch_end_timestamps", listOf(ends_)}};
}

void History::fromJson(const nlohmann::json& history, const nlohmann::json& best) {
  meanDice_ = valuesOf(history.at("mean_fg_dice"));
  emaDice_ = valuesOf(history.at("ema_fg_dice"));
  trainLosses_ = valuesOf(history.at("train_losses"));
  valLosses_ = valuesOf(history.at("val_losses"));
  learningRates_ = valuesOf(history.at("lrs"));
  starts_ = valuesOf(history.at("epoch_start_timestamps"));
  ends_ = valuesOf(history.at("epoch_end_timestamps"));
  dicePerClass_.clear();
  for (const auto& values : history.at("dice_per_class_or_region")) dicePerClass_.push_back(valuesOf(values));
  best_.reset();
  if (best.is_number()) best_ = best.get<double>();
}

}  // namespace nnunet
