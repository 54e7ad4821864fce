/** Contrast: x = (x - mean) * factor + mean per channel, usually clamped to the channel's range from before. */
#pragma once

#include "trainer/augment/random.h"
#include "trainer/augment/sample.h"

namespace nnunet::augment {

struct ContrastParameters {
  std::vector<double> factors;  ///< per channel; 1: left alone
  bool keepsRange = true;
};

ContrastParameters drawContrast(Random& random, const AugmentSettings& settings, int64_t channels);
void applyContrast(const Grid<float>& image, const ContrastParameters& parameters);

}  // namespace nnunet::augment
