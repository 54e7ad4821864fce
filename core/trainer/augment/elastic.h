/** The displacement field of elastic deformation. */
#pragma once

#include "trainer/augment/spatial.h"

namespace nnunet::augment {

/**
 * Fills workspace.displacement with (dims, z, y, x) floats (2D: without z), in voxels: smoothed white noise per axis,
 * scaled so that its largest absolute value is the magnitude, then moved so that its mean is 0.
 * The noise is smoothed on a grid of a quarter of sigma and linearly interpolated, so the cost does not grow with
 * sigma.
 */
void elasticDisplacement(const ElasticParameters& parameters, int dims, const Shape& patch, Workspace& workspace);

}  // namespace nnunet::augment
