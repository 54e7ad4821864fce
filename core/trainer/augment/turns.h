/**
 * Quarter turns and exchanged axes, among the axes along which the patch is equally long.
 * Source: batchgeneratorsv2 0.3.6, Rot90Transform and TransposeAxesTransform, as nnU-Net's DA5 uses them.
 */
#pragma once

#include "trainer/augment/random.h"
#include "trainer/augment/sample.h"

namespace nnunet::augment {

struct TurnParameters {
  int quarters = 0;                   ///< of a full turn, from plane[0] towards plane[1]
  std::array<int, 2> plane{1, 2};     ///< axes of z, y, x
  std::array<int, 3> order{0, 1, 2};  ///< afterwards: output axis d is input axis order[d]
};

/** The axes of the patch that share their length with most others; fewer than two: there is nothing to turn. */
std::vector<int> turnableAxes(int dims, const Shape& patch);

/** Each of the two happens with `probability`. */
TurnParameters drawTurns(Random& random, double probability, const std::vector<int>& axes);

/** O(voxels), with a copy of each channel. */
void applyTurns(const Sample& sample, const TurnParameters& parameters);

}  // namespace nnunet::augment
