#include "trainer/training/learning_rate.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace nnunet {
namespace {

/** How much of the fall lies behind. */
double fallen(const Schedule& schedule, int64_t epoch, double share) {
  if (!schedule.epochs) return share;
  const int64_t falling = *schedule.epochs - schedule.warmupEpochs;
  if (falling <= 0) return 1;
  return static_cast<double>(epoch - schedule.warmupEpochs) / static_cast<double>(falling);
}

}  // namespace

double learningRate(const Schedule& schedule, int64_t epoch, double share) {
  const double highest = schedule.initialLearningRate;
  if (epoch < schedule.warmupEpochs)
    return highest / static_cast<double>(schedule.warmupEpochs) * static_cast<double>(1 + epoch);
  const double done = std::clamp(fallen(schedule, epoch, share), 0.0, 1.0);
  return highest * (schedule.cosine ? 0.5 * (1 + std::cos(std::numbers::pi * done)) : std::pow(1 - done, 0.9));
}

}  // namespace nnunet
