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

/** What is added to each channel: normally distributed, 0 for half of them. */
std::vector<double> drawOffsets(Random& random, double deviation, int64_t channels);
void applyOffsets(const Grid<float>& image, const std::vector<double>& offsets);

}  // namespace nnunet::augment
