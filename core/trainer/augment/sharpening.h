/**
 * Adds a share of the Laplacian: each voxel's difference to its neighbours along the axes grows. The border's voxels
 * are repeated outside. Source: batchgeneratorsv2 0.3.6, SharpeningTransform.
 */
#pragma once

#include "trainer/augment/random.h"
#include "trainer/augment/sample.h"

namespace nnunet::augment {

/** Per channel; 0: left alone. */
using Strengths = std::vector<double>;

Strengths drawSharpening(Random& random, int64_t channels);

/** 2D samples look along y and x only. O(voxels). */
void applySharpening(const Grid<float>& image, int dims, const Strengths& strengths, Workspace& workspace);

}  // namespace nnunet::augment
