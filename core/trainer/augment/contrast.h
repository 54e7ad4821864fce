/** Contrast: x = (x - mean) * factor + mean per channel, clamped to the channel's range from before. */
#pragma once

#include "trainer/augment/random.h"
#include "trainer/augment/sample.h"

namespace nnunet::augment {

struct ContrastParameters {
  std::vector<double> factors;  ///< per channel
};

ContrastParameters drawContrast(Random& random, const AugmentSettings& settings, int64_t channels);
void applyContrast(const Grid<float>& image, const ContrastParameters& parameters);

}  // namespace nnunet::augment
