/**
 * Gaussian blur, separable, reflecting at the border (without repeating the outermost voxel).
 * Source: batchgeneratorsv2 0.3.6, GaussianBlurTransform (truncate 6).
 */
#pragma once

#include <optional>

#include "trainer/augment/random.h"
#include "trainer/augment/sample.h"

namespace nnunet::augment {

struct BlurParameters {
  std::vector<std::optional<std::array<double, 3>>> sigma;  ///< per channel, voxels along z, y, x; none: left alone
};

BlurParameters drawBlur(Random& random, const AugmentSettings& settings, int dims, int64_t channels);

/** 2D samples keep z as it is. O(voxels * kernel size) per axis. */
void applyBlur(const Grid<float>& image, int dims, const BlurParameters& parameters, Workspace& workspace);

/** Weights of one side, the centre first; 2 to 5 of them for kernels of 3, 5, 7 or 9 voxels. They sum to 1 with the
 * other side. */
std::vector<float> blurWeights(double sigma);

}  // namespace nnunet::augment
