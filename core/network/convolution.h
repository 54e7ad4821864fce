/**
 * Convolutions of every kind (taps.h) as products of small matrices: a few voxels with all that their taps read, times
 * the kernel. Voxels of several lines and samples share a product, so that small volumes fill it, too.
 */
#pragma once

#include "network/taps.h"
#include "network/workspace.h"

namespace nnunet::network {

/** A kernel in memory: weight of (target, source, place) is data[target * targetStep + source * sourceStep + place]. */
struct KernelView {
  const float* data;
  int64_t targetStep, sourceStep;
};

/**
 * target = or += sums over taps, plus a bias per target channel (or nullptr). Target voxels that no run names are left
 * alone. float32, every sum in the order of taps and channels, whatever the number of threads.
 */
void convolve(const std::vector<TapRun>& runs, const ConstVolume& source, const KernelView& kernel, const float* bias,
              bool adds, const Volume& target, const Workspace& workspace);
Scratch convolveScratch(const std::vector<TapRun>& runs, int64_t sourceChannels, int64_t targetChannels,
                        const MatrixKernels& matrix);

/**
 * Gradient of the kernel of one run, whose target is as large as the run: gradient[target * targetStep + source *
 * sourceStep + place] = sum over voxels of target * source. The sum is made of slabs of voxels in a fixed order.
 */
void kernelGradient(const TapRun& run, const ConstVolume& source, const ConstVolume& target, int64_t targetStep,
                    int64_t sourceStep, float* gradient, const Workspace& workspace);
Scratch kernelGradientScratch(const TapRun& run, int64_t samples, int64_t sourceChannels, int64_t targetChannels,
                              const MatrixKernels& matrix);

/** gradient[c] = sum over all voxels, in slabs of a fixed order. */
void biasGradient(const ConstVolume& target, float* gradient, const Workspace& workspace);
Scratch biasGradientScratch(const Shape& shape, int64_t channels);

}  // namespace nnunet::network
