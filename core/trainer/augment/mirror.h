/** Mirroring of image and segmentation along some axes. */
#pragma once

#include "trainer/augment/random.h"
#include "trainer/augment/sample.h"

namespace nnunet::augment {

struct MirrorParameters {
  std::array<bool, 3> axes{};  ///< z, y, x
};

/** Each of settings.mirrorAxes with its probability. `dims` = 2: axis 0 is y. */
MirrorParameters drawMirror(Random& random, const AugmentSettings& settings, int dims);
void applyMirror(const Sample& sample, const MirrorParameters& parameters);

}  // namespace nnunet::augment
