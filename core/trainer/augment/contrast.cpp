#include "trainer/augment/contrast.h"

#include <cmath>

#include "trainer/augment/statistics.h"
#include "voxels/simd.h"

namespace nnunet::augment {
namespace {

NNUNET_SIMD void stretch(float* x, int64_t count, float mean, float factor, float low, float high) {
  for (int64_t i = 0; i < count; ++i) {
    const float y = (x[i] - mean) * factor + mean;
    const float raised = y < low ? low : y;
    x[i] = raised > high ? high : raised;
  }
}

}  // namespace

ContrastParameters drawContrast(Random& random, const AugmentSettings& settings, int64_t channels) {
  ContrastParameters parameters;
  for (int64_t c = 0; c < channels; ++c) {
    const double factor = random.factor(settings.contrast);
    const bool isLeftAlone =
        settings.contrastChannelProbability < 1 && !random.chance(settings.contrastChannelProbability);
    parameters.factors.push_back(isLeftAlone ? 1 : factor);
  }
  return parameters;
}

void applyContrast(const Grid<float>& image, const ContrastParameters& parameters) {
  for (int64_t c = 0; c < image.channels; ++c) {
    if (parameters.factors[c] == 1) continue;
    const Statistics before = statistics(image.channel(c), image.voxels());
    stretch(image.channel(c), image.voxels(), static_cast<float>(before.mean),
            static_cast<float>(parameters.factors[c]), parameters.keepsRange ? before.minimum : -INFINITY,
            parameters.keepsRange ? before.maximum : INFINITY);
  }
}

}  // namespace nnunet::augment
