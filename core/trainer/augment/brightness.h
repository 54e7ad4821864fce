/** Multiplicative brightness: one factor per channel. */
#pragma once

#include "trainer/augment/random.h"
#include "trainer/augment/sample.h"

namespace nnunet::augment {

struct BrightnessParameters {
  std::vector<double> factors;  ///< per channel
};

BrightnessParameters drawBrightness(Random& random, const AugmentSettings& settings, int64_t channels);
void applyBrightness(const Grid<float>& image, const BrightnessParameters& parameters);

}  // namespace nnunet::augment
