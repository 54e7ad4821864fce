/**
 * nnU-Net's stronger augmentation, which its trainer nnUNetTrainerDA5 has in place of the usual one: turned and
 * mirrored, filtered, brightened, blanked and sharpened patches, between the spatial transform and the mask.
 * Source: nnU-Net 2.8.1, variants/data_augmentation/nnUNetTrainerDA5.py.
 */
#pragma once

#include "trainer/augment/random.h"
#include "trainer/augment/sample.h"

namespace nnunet::augment {

/** The ranges and probabilities of what both have in common. */
AugmentSettings strongSettings(AugmentSettings settings);

void applyStrong(Sample& sample, const AugmentSettings& settings, Random& random, Workspace& workspace);

}  // namespace nnunet::augment
