/** Which voxels meet which in a convolution: one description for convolutions, their gradients and upsampling. */
#pragma once

#include <vector>

#include "network/shape.h"

namespace nnunet::network {

/** One place of the kernel, and where the voxel that it is multiplied with lies. */
struct Tap {
  int64_t place;  ///< in the kernel, z slowest
  Axes offset;
};

/**
 * Target voxels first + step * i, for i in [0, count), get the sum over taps of kernel[place] * source[sourceStep * i +
 * offset]. Offsets may reach into the source's border.
 */
struct TapRun {
  Axes first, step, count, sourceStep;
  std::vector<Tap> taps;
};

/** A convolution that pads as much as is given. @param target extent of what it writes */
TapRun convolutionTaps(const Axes& kernel, const Axes& stride, const Axes& padding, const Axes& target);

/**
 * The gradient of that convolution's input, and (without padding, with kernel = stride) a transposed convolution: a run
 * for each phase of the stride, so that no product is with a zero. @param target extent of the convolution's input
 */
std::vector<TapRun> transposedTaps(const Axes& kernel, const Axes& stride, const Axes& padding, const Axes& target);

/** What keeps the extent at stride 1. */
Axes paddingOf(const Axes& kernel);

}  // namespace nnunet::network
