/**
 * Rotation, scaling and (if asked for) elastic deformation, from a large patch to the one to train on.
 *
 * For an output voxel o with offset u = o - (out - 1) / 2 from the centre, the input is sampled at
 * matrix * (u + displacement) + (in - 1) / 2. Image: linear, neighbours outside the input count as 0. Labels: see
 * label_sampling.h. Without rotation, scaling or deformation the centre is cropped. Source: batchgeneratorsv2 0.3.6,
 * SpatialTransform; torch grid_sample (align_corners false, zeros).
 */
#pragma once

#include <functional>

#include "trainer/augment/random.h"
#include "trainer/augment/sample.h"
#include "trainer/augment/sampling_kernels.h"

namespace nnunet::augment {

struct ElasticParameters {
  bool active = false;
  uint64_t key = 0;
  std::array<double, 3> sigma{};      ///< voxels of the output patch, z, y, x
  std::array<double, 3> magnitude{};  ///< largest displacement along each axis, voxels
};

struct SpatialParameters {
  int dims = 3;               ///< 2: every z plane by itself, only the (y, x) entries count
  bool interpolates = false;  ///< false: centre crop
  std::array<std::array<double, 3>, 3> matrix{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};  ///< rows and columns z, y, x
  ElasticParameters elastic;
  bool nearestLabels = false;
};

/**
 * A = Rz Ry Rx * diag(scales); angles in radians about axes 0, 1, 2 (2D: only the last counts), scales above 1 shrink
 * objects.
 */
SpatialParameters spatialParameters(int dims, const std::array<double, 3>& angles, const std::array<double, 3>& scales);
inline SpatialParameters spatialParameters(int dims, const std::array<double, 3>& angles, double scale) {
  return spatialParameters(dims, angles, std::array<double, 3>{scale, scale, scale});
}

/** @param dims  of the transform: 2 for 2D patches and for dummy 2D, else 3 */
SpatialParameters drawSpatial(Random& random, const AugmentSettings& settings, int dims, const Shape& patch);

/**
 * Input and output have equal channels; 2D transforms also need equal z extents where they interpolate.
 * O(output voxels * channels); memory: a few rows.
 */
void applySpatial(const Sample& input, const SpatialParameters& parameters, const Sample& output, Workspace& workspace);

/**
 * Puts into `row.position` where output row (z, y) lies in the input, in grid_sample's measure: -1 and 1 are the outer
 * faces of the first and last voxel. 2D: the same for every z.
 */
using GridRows = std::function<void(int64_t z, int64_t y, PositionRow& row)>;

/** Reads `parameters` and the displacement in `workspace` whenever a row is asked for. */
GridRows gridRows(const SpatialParameters& parameters, const Shape& input, const Shape& output,
                  const Workspace& workspace);

/**
 * The sampling of `applySpatial`.
 * @param straight  every row is a straight line, and all are parallel
 * @param nearestLabels  labels are those of the nearest voxels
 */
void sampleGrid(const Sample& input, int dims, const GridRows& rows, bool straight, const Sample& output,
                Workspace& workspace, bool nearestLabels = false);

/** Crops the centre: start = floor(in / 2) - floor(out / 2), filled up with `fill` outside. */
template <class T>
void cropCenter(const Grid<const T>& input, const Grid<T>& output, T fill);
extern template void cropCenter(const Grid<const float>&, const Grid<float>&, float);
extern template void cropCenter(const Grid<const int16_t>&, const Grid<int16_t>&, int16_t);

}  // namespace nnunet::augment
