/**
 * Changes that are strongest at one place: a gradient that is added, and a gamma that is blended in. Both follow a
 * Gaussian somewhere in the patch or near it, stretched to 0 … 1.
 * Source: batchgeneratorsv2 0.3.6, LocalTransform, BrightnessGradientAdditiveTransform and LocalGammaTransform, as
 * nnU-Net's DA5 uses them.
 */
#pragma once

#include <optional>

#include "trainer/augment/random.h"
#include "trainer/augment/sample.h"

namespace nnunet::augment {

struct LocalChange {
  std::array<double, 3> center{}, deviation{};  ///< voxels along z, y, x
  double amount = 0;                            ///< largest value that is added, or the exponent of the gamma
};

/** Per channel; none: left alone. */
using LocalChanges = std::vector<std::optional<LocalChange>>;

LocalChanges drawGradients(Random& random, int dims, const Grid<float>& image);
LocalChanges drawLocalGammas(Random& random, int dims, const Grid<float>& image);

/** O(voxels). */
void applyGradients(const Grid<float>& image, int dims, const LocalChanges& changes);
void applyLocalGammas(const Grid<float>& image, int dims, const LocalChanges& changes);

}  // namespace nnunet::augment
