/** From the augmented labels to what the loss compares with: region channels, and one resolution per network output. */
#pragma once

#include "trainer/augment/sample.h"

namespace nnunet::augment {

/** target channel r = 1 where the label is in regions[r], else 0. `labels`: one channel. */
void applyRegions(const Grid<const int16_t>& labels, const std::vector<std::vector<int>>& regions,
                  const Grid<int16_t>& target);

/** Nearest-exact to the target's shape: voxel floor((o + 0.5) * in / out). Equal shapes copy, or do nothing in place.
 */
void applyTargetShape(const Grid<const int16_t>& source, const Grid<int16_t>& target);

}  // namespace nnunet::augment
