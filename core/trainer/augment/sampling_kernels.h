/** Rows of the spatial transform: positions in the input, then linear interpolation and the choice of labels there. */
#pragma once

#include "trainer/augment/sample.h"

namespace nnunet::augment {

/** One output row: where it lies in the input. Arrays of the row's length, owned by the workspace. */
struct PositionRow {
  PositionRow(int64_t length, Workspace& workspace);
  int64_t length;
  float* position[3];           ///< z, y, x in input voxels
  float* fraction[3];           ///< of the position, for voxels in [first, last)
  int32_t* index;               ///< of the lower neighbour, for voxels in [first, last)
  int32_t* outside;             ///< -1 where no label can be had, else 0
  int32_t* differing;           ///< scratch of sampleLabels
  int64_t first = 0, last = 0;  ///< voxels all of whose neighbours lie in the input
};

/** line[i] = start + step * i */
void fillLine(float start, float step, int64_t length, float* line);
/** line[i] += factor * values[i] */
void addScaled(const float* values, float factor, int64_t length, float* line);

/** From positions to the rest of the row. `limits`: largest distance from the centre that has a label, per axis. */
void locate(PositionRow& row, int dims, const Shape& input, const std::array<float, 3>& limits, bool deformed);

/** `source`: one channel (2D: one plane of it) of extents `input`; `target`: the output row. */
void sampleImage(const PositionRow& row, int dims, const float* source, const Shape& input, float* target);
void sampleLabels(const PositionRow& row, int dims, const int16_t* source, const Shape& input, int16_t* target);

}  // namespace nnunet::augment
