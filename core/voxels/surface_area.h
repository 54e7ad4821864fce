// How much surface a mask has within each 2x2x2 neighbourhood of voxels.
#pragma once

#include <array>
#include <cstdint>

#include "voxels/shape.h"

namespace nnunet::voxels {

/// Bit z * 4 + y * 2 + x is set where the voxel at this corner belongs to the mask.
using NeighbourhoodCode = uint8_t;

/// Of every code, mm²: the surface runs through the middles of the cube's edges between mask and background, which the
/// faces of the cube join to loops; on a face with two opposite corners of a mask, each corner is cut off by itself.
/// A loop of more than three edges is filled with the triangles that have the greatest area in a cube of edge 1 (where
/// several fillings have, they have the same area at any spacing). A mask has the surface of its complement.
/// These are the areas of the surface distances of DeepMind, which the Medical Segmentation Decathlon and FLARE use.
std::array<double, 256> surfaceAreas(const Spacing3& spacing);

}  // namespace nnunet::voxels
