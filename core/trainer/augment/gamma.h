/**
 * Gamma: a power of the intensity within the channel's range; mean and standard deviation stay as they were.
 * `invert`: the same on the negated image, which treats dark values as the other one treats bright values.
 */
#pragma once

#include "trainer/augment/random.h"
#include "trainer/augment/sample.h"

namespace nnunet::augment {

struct GammaParameters {
  bool invert = false;
  std::vector<double> exponents;  ///< per channel
};

GammaParameters drawGamma(Random& random, const AugmentSettings& settings, int64_t channels, bool invert);

/** Three passes over each channel; x^gamma with a relative error below 5e-7. */
void applyGamma(const Grid<float>& image, const GammaParameters& parameters);

}  // namespace nnunet::augment
