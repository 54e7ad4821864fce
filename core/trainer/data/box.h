/**
 * Where in a case a patch is taken from.
 * Source: nnU-Net 2.8.1, data_loader.py, get_bbox.
 */
#pragma once

#include <optional>

#include "trainer/augment/random.h"
#include "trainer/data/case_store.h"

namespace nnunet::data {

using augment::Random;

/** Inclusive limits of a box's first voxel. */
struct StartLimits {
  Shape lower{}, upper{};
};

/**
 * @param image   extents of the case
 * @param loaded  extents of the box
 * @param patch   what is left of it after augmentation: its centre may lie half the difference outside
 */
StartLimits startLimits(const Shape& image, const Shape& loaded, const Shape& patch);

/** Anywhere within the limits; around `voxel` if there is one: then only the lower limit holds. */
Shape drawStart(Random& random, const Shape& image, const Shape& loaded, const Shape& patch,
                const std::optional<Shape>& voxel);

/** Which of the last samples of a batch must contain foreground: those from this index on. */
int firstForcedSample(int batchSize, double oversampleForeground);

/**
 * The voxel that the box must contain, if any.
 * Forced: one of the requests that have voxels, each equally likely (that of all annotated voxels only if no other has
 * any), then one of its voxels. Not forced: a voxel among all annotated ones if the dataset has an ignore label.
 * @param annotatedRequest  index of the request for all annotated voxels; -1: no ignore label
 */
std::optional<Shape> drawVoxel(Random& random, const Case& from, bool forced, int annotatedRequest);

}  // namespace nnunet::data
