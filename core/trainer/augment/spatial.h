/**
 * Rotation, scaling and (if asked for) elastic deformation, from a large patch to the one to train on.
 *
 * For an output voxel o with offset u = o - (out - 1) / 2 from the centre, the input is sampled at
 * matrix * (u + displacement) + (in - 1) / 2. Image: linear, neighbours outside the input count as 0. Labels: the label
 * with the largest interpolated weight, compared as float16(1000 * weight), the smaller label wins ties. Positions
 * beyond the centres of the outermost voxels get label -1; as in nnU-Net each axis is tested with the size of the axis
 * at the opposite end, which matters for patches that are not cubes. Without rotation, scaling or deformation the
 * centre is cropped. Source: batchgeneratorsv2 0.3.5, SpatialTransform; torch grid_sample (align_corners false, zeros).
 */
#pragma once

#include "trainer/augment/random.h"
#include "trainer/augment/sample.h"

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
};

/** A = Rz Ry Rx * scale; angles in radians about axes 0, 1, 2 (2D: only the last counts), scale > 1 shrinks objects. */
SpatialParameters spatialParameters(int dims, const std::array<double, 3>& angles, double scale);

/** @param dims  of the transform: 2 for 2D patches and for dummy 2D, else 3 */
SpatialParameters drawSpatial(Random& random, const AugmentSettings& settings, int dims, const Shape& patch);

/**
 * Input and output have equal channels; 2D transforms also need equal z extents where they interpolate.
 * O(output voxels * channels); memory: a few rows.
 */
void applySpatial(const Sample& input, const SpatialParameters& parameters, const Sample& output, Workspace& workspace);

/** Crops the centre: start = floor(in / 2) - floor(out / 2), filled up with `fill` outside. */
template <class T>
void cropCenter(const Grid<const T>& input, const Grid<T>& output, T fill);
extern template void cropCenter(const Grid<const float>&, const Grid<float>&, float);
extern template void cropCenter(const Grid<const int16_t>&, const Grid<int16_t>&, int16_t);

}  // namespace nnunet::augment
