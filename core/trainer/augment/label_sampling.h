/**
 * Which label does a position between voxels get?
 *
 * The one with the largest interpolated weight, compared as float16(1000 * weight); ties go to the nearest voxel's
 * label if it is tied, else to the smallest. Where the sample leaves the input, the input counts as continued with
 * label -1 on all sides. Float32 in grid_sample's order, since float16 makes near ties ties (spec: training section 4).
 * Source: batchgeneratorsv2 0.3.6, SpatialTransform.
 */
#pragma once

#include "trainer/augment/sampling_kernels.h"

namespace nnunet::augment {

/** What the labels of one channel (2D: one plane of it) are chosen from. */
struct LabelChoice {
  bool continued = false;  ///< -1 lies around the input, and is one of the labels
  int labels = 1;          ///< how many there are: 1, 2, or 3 for more
  int16_t one = 0;         ///< the label if it is the only one
  bool nearest = false;    ///< not voted for: the nearest voxel's label, -1 outside the input
};

/** @param count  of labels in `source`, at least 1. O(count), less where there are many labels. */
LabelChoice labelChoice(const int16_t* source, int64_t count, bool continued);

/** `source`: one channel (2D: one plane of it) of extents `input`; `target`: the output row. */
void sampleLabels(PositionRow& row, int dims, const int16_t* source, const Shape& input, const LabelChoice& choice,
                  int16_t* target);

}  // namespace nnunet::augment
