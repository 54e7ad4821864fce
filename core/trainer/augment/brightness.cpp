#include "trainer/augment/brightness.h"

#include "voxels/simd.h"

namespace nnunet::augment {
namespace {

NNUNET_SIMD void multiply(float* x, int64_t count, float factor) {
  for (int64_t i = 0; i < count; ++i) x[i] *= factor;
}

}  // namespace

BrightnessParameters drawBrightness(Random& random, const AugmentSettings& settings, int64_t channels) {
  BrightnessParameters parameters;
  for (int64_t c = 0; c < channels; ++c) parameters.factors.push_back(random.factor(settings.brightness));
  return parameters;
}

void applyBrightness(const Grid<float>& image, const BrightnessParameters& parameters) {
  for (int64_t c = 0; c < image.channels; ++c)
    multiply(image.channel(c), image.voxels(), static_cast<float>(parameters.factors[c]));
}

}  // namespace nnunet::augment
