/** Additive Gaussian noise: one standard deviation for all channels, independent per voxel. */
#pragma once

#include "trainer/augment/random.h"
#include "trainer/augment/sample.h"

namespace nnunet::augment {

struct NoiseParameters {
  double sigma = 0;  ///< standard deviation (nnU-Net calls it variance, and uses it as this)
  uint64_t key = 0;  ///< names the noise field
};

NoiseParameters drawNoise(Random& random, const AugmentSettings& settings);
void applyNoise(const Grid<float>& image, const NoiseParameters& parameters);

/**
 * values[i] += sigma * z_i with z_i a standard normal number that depends on (key, i) only.
 * Two keyed 32-bit hashes of the counter, then Box-Muller; |z| is at most 5.9. Vectorised, no table, no state.
 */
void addGaussianNoise(float* values, int64_t count, double sigma, uint64_t key);

}  // namespace nnunet::augment
