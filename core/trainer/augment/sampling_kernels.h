/** Rows of the spatial transform: positions in the input, and linear interpolation of images there. */
#pragma once

#include "trainer/augment/sample.h"

namespace nnunet::augment {

/** One output row: where it lies in the input. Arrays of the row's length, owned by the workspace. */
struct PositionRow {
  PositionRow(int64_t length, Workspace& workspace);
  int64_t length;
  float* position[3];           ///< z, y, x: positions of the grid (spatial.h), after `locate` in input voxels
  float* fraction[3];           ///< of the position, for voxels in [first, last)
  int32_t* index;               ///< of the lower neighbour, for voxels in [first, last)
  int32_t* differing;           ///< scratch of sampleLabels
  int64_t first = 0, last = 0;  ///< voxels all of whose neighbours lie in the input
};

/** line[i] = start + step * (first + i), fused as in the matrix product of torch */
void fillLine(float start, float step, float first, int64_t length, float* line);
/** line[i] += factor * values[i] */
void addScaled(const float* values, float factor, int64_t length, float* line);
/** line[i] /= divisor */
void divideLine(float divisor, int64_t length, float* line);

/**
 * From the grid's positions to voxels and the rest of the row, in grid_sample's float32 arithmetic: the last bit
 * decides which label wins where two weigh the same. @param straight  the row is a straight line in the input
 */
void locate(PositionRow& row, int dims, const Shape& input, bool straight);

/** The neighbours of a position that lie in the input: weights and offsets, z slowest. */
struct Neighbours {
  int count = 0;
  float weight[8];
  int64_t offset[8];
};
void findNeighbours(const PositionRow& row, int64_t i, int dims, const Shape& input, Neighbours& found);

/** `source`: one channel (2D: one plane of it) of extents `input`; `target`: the output row. */
void sampleImage(const PositionRow& row, int dims, const float* source, const Shape& input, float* target);

}  // namespace nnunet::augment
