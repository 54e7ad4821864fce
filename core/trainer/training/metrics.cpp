#include "trainer/training/metrics.h"

#include <cmath>

namespace nnunet {

void DiceCounts::add(const DiceCounts& other) {
  const auto addTo = [](std::vector<int64_t>& into, const std::vector<int64_t>& from) {
    into.resize(from.size(), 0);
    for (size_t i = 0; i < from.size(); ++i) into[i] += from[i];
  };
  addTo(truePositives, other.truePositives);
  addTo(falsePositives, other.falsePositives);
  addTo(falseNegatives, other.falseNegatives);
}

std::vector<double> DiceCounts::dice() const {
  std::vector<double> result;
  for (size_t i = 0; i < truePositives.size(); ++i) {
    const double doubled = 2.0 * static_cast<double>(truePositives[i]);
    const double denominator = doubled + static_cast<double>(falsePositives[i] + falseNegatives[i]);
    result.push_back(denominator == 0 ? std::nan("") : doubled / denominator);
  }
  return result;
}

DiceCounts countOverlap(const network::LossInput& input, const LossSettings& settings) {
  const int64_t classes = input.classes, voxels = input.voxels;
  const int64_t first = settings.regions ? 0 : 1,
                targets = settings.regions ? classes + (settings.ignoreLabel ? 1 : 0) : 1;
  DiceCounts counts;
  for (auto* list : {&counts.truePositives, &counts.falsePositives, &counts.falseNegatives})
    list->assign(static_cast<size_t>(classes - first), 0);
  const auto note = [&](int64_t c, bool predicted, bool wanted) {
    if (predicted) ++(wanted ? counts.truePositives : counts.falsePositives)[c - first];
    if (wanted && !predicted) ++counts.falseNegatives[c - first];
  };
  for (int64_t n = 0; n < input.samples; ++n) {
    const float* scores = input.scores + n * classes * voxels;
    const int16_t* truth = input.target + n * targets * voxels;
    for (int64_t v = 0; v < voxels; ++v) {
      if (settings.regions) {
        if (settings.ignoreLabel && truth[classes * voxels + v] != 0) continue;
        for (int64_t c = 0; c < classes; ++c) note(c, scores[c * voxels + v] > 0, truth[c * voxels + v] != 0);
        continue;
      }
      if (settings.ignoreLabel && truth[v] == *settings.ignoreLabel) continue;
      int64_t highest = 0;
      for (int64_t c = 1; c < classes; ++c)
        if (scores[c * voxels + v] > scores[highest * voxels + v]) highest = c;
      if (highest == truth[v]) {
        if (highest > 0) note(highest, true, true);
        continue;
      }
      if (highest > 0) note(highest, true, false);
      if (truth[v] > 0) note(truth[v], false, true);
    }
  }
  return counts;
}

}  // namespace nnunet
