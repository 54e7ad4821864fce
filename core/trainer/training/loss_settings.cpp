#include "trainer/training/loss_settings.h"

#include <map>

#include "trainer/events.h"

namespace nnunet {

LossSettings lossSettings(const std::string& name) {
  constexpr double tenth = 0.1;
  static const std::map<std::string, LossSettings> known{
      {"dice-ce", {}},
      {"dice", {.entropyWeight = 0}},
      {"ce", {.diceWeight = 0}},
      {"dice-ce-no-smooth", {.smooth = 0}},
      {"topk", {.diceWeight = 0, .entropyWeight = 0, .hardestShare = tenth}},
      {"topk-smoothed", {.diceWeight = 0, .entropyWeight = 0, .hardestShare = tenth, .labelSmoothing = 0.1}},
      {"dice-topk", {.entropyWeight = 0, .hardestShare = tenth}},
  };
  const auto found = known.find(name);
  if (found == known.end())
    throw CoreError("bad-job", "The loss " + name + " is unknown",
                    "The job file and the core belong to different versions: set the engine up again.");
  return found->second;
}

std::vector<double> deepSupervisionWeights(size_t outputs) {
  return network::outputWeights(outputs);
}

}  // namespace nnunet
