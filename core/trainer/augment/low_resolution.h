/**
 * Simulates a coarser scan: every channel chosen is sampled down to round(size * scale) voxels by nearest neighbour and
 * up again by linear interpolation.
 * Source: batchgeneratorsv2 0.3.6, SimulateLowResolutionTransform; torch interpolate (nearest-exact, [bi|tri]linear).
 */
#pragma once

#include <optional>

#include "trainer/augment/random.h"
#include "trainer/augment/sample.h"

namespace nnunet::augment {

struct LowResolutionParameters {
  std::vector<std::optional<double>> scale;  ///< per channel; none: left alone
  bool keepsAxis0 = false;                   ///< dummy 2D
};

LowResolutionParameters drawLowResolution(Random& random, const AugmentSettings& settings, int64_t channels);

/** 2D samples keep z as it is. O(voxels). */
void applyLowResolution(const Grid<float>& image, int dims, const LowResolutionParameters& parameters,
                        Workspace& workspace);

}  // namespace nnunet::augment
