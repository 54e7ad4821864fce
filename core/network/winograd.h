/** 3x3x3 and 1x3x3 convolutions with stride 1 by Winograd's minimal filtering (kernels/winograd.h), where that is
 * faster. */
#pragma once

#include "network/convolution.h"

namespace nnunet::network {

/** Whether a convolution goes this way. @param in, out  its channels */
bool suitsWinograd(const Axes& kernel, const Axes& stride, int64_t samples, const Axes& extent, int64_t in, int64_t out,
                   const Kernels& kernels);

/**
 * target = or += source * kernel, both of one extent; no sum depends on the number of threads.
 * @param flipped  the kernel is read backwards, as for the gradient of a convolution's input
 */
void winogradConvolve(const Axes& kernelSize, const KernelView& kernel, bool flipped, const ConstVolume& source,
                      bool adds, const Volume& target, const Workspace& workspace);
Scratch winogradConvolveScratch(const Axes& kernelSize, const Axes& extent, int64_t in, int64_t out,
                                const Kernels& kernels);

/** gradient (target, source, place), dense, of a convolution's kernel. Summed in slabs of a fixed order. */
void winogradKernelGradient(const Axes& kernelSize, const ConstVolume& source, const ConstVolume& target,
                            float* gradient, const Workspace& workspace);
Scratch winogradKernelGradientScratch(const Axes& kernelSize, int64_t samples, const Axes& extent, int64_t in,
                                      int64_t out, const Kernels& kernels);

}  // namespace nnunet::network
