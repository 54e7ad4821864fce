#include "trainer/augment/brightness.h"

#include <cmath>
#include <numbers>

#include "voxels/simd.h"

namespace nnunet::augment {
namespace {

NNUNET_SIMD void multiply(float* x, int64_t count, float factor) {
  for (int64_t i = 0; i < count; ++i) x[i] *= factor;
}

NNUNET_SIMD void add(float* x, int64_t count, float offset) {
  for (int64_t i = 0; i < count; ++i) x[i] += offset;
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

std::vector<double> drawOffsets(Random& random, double deviation, int64_t channels) {
  std::vector<double> offsets;
  for (int64_t c = 0; c < channels; ++c) {
    // Box and Muller: the logarithm's argument is never 0.
    const double radius = std::sqrt(-2 * std::log(1 - random.uniform()));
    const double offset = deviation * radius * std::cos(2 * std::numbers::pi * random.uniform());
    offsets.push_back(random.chance(0.5) ? offset : 0);
  }
  return offsets;
}

void applyOffsets(const Grid<float>& image, const std::vector<double>& offsets) {
  for (int64_t c = 0; c < image.channels; ++c) add(image.channel(c), image.voxels(), static_cast<float>(offsets[c]));
}

}  // namespace nnunet::augment
