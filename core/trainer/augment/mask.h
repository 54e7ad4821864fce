/** Image channels normalised within the nonzero mask are 0 outside of it. */
#pragma once

#include "trainer/augment/sample.h"

namespace nnunet::augment {

/** Sets the channels named by `channels` to 0 where segmentation channel 0 is negative. */
void applyMask(const Sample& sample, const std::vector<bool>& channels);

/** Labels below 0 become background. */
void removeNegativeLabels(const Grid<int16_t>& segmentation);

}  // namespace nnunet::augment
