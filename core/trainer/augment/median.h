/**
 * Median filter over a cube (in 2D a square) around each voxel; the border is reflected with its outermost voxel.
 * Source: batchgeneratorsv2 0.3.6, MedianFilterTransform; scipy.ndimage.median_filter.
 */
#pragma once

#include "trainer/augment/random.h"
#include "trainer/augment/sample.h"

namespace nnunet::augment {

/** Per channel; 0: left alone. Even sizes reach one voxel further down than up. */
using MedianSizes = std::vector<int>;

MedianSizes drawMedian(Random& random, int64_t channels);

/** O(voxels * size^dims): the most expensive transform there is. */
void applyMedian(const Grid<float>& image, int dims, const MedianSizes& sizes, Workspace& workspace);

}  // namespace nnunet::augment
