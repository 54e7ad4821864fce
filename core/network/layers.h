/** The products of a layer, forward and back, each by the fastest way that its kernel, stride and size allow. */
#pragma once

#include "network/plan.h"
#include "network/workspace.h"

namespace nnunet::network {

/** A convolution with the layer's kernel and stride, padded so that stride 1 keeps the extent. @param bias or nullptr
 */
void convolveLayer(const Layer& layer, const float* weight, const float* bias, const ConstVolume& input,
                   const Volume& output, const Workspace& workspace);
void convolveLayerWeightGradient(const Layer& layer, const ConstVolume& input, const ConstVolume& outputGradient,
                                 float* weightGradient, const Workspace& workspace);
/** @param inputGradient  of the input channels from firstInput on, as many as it has */
void convolveLayerInputGradient(const Layer& layer, const float* weight, int64_t firstInput,
                                const ConstVolume& outputGradient, bool adds, const Volume& inputGradient,
                                const Workspace& workspace);

/** A transposed convolution whose kernel is its stride. Weights are (in, out, kernel). */
void upsampleLayer(const Layer& layer, const float* weight, const float* bias, const ConstVolume& input,
                   const Volume& output, const Workspace& workspace);
void upsampleLayerWeightGradient(const Layer& layer, const ConstVolume& input, const ConstVolume& outputGradient,
                                 float* weightGradient, const Workspace& workspace);
void upsampleLayerInputGradient(const Layer& layer, const float* weight, const ConstVolume& outputGradient, bool adds,
                                const Volume& inputGradient, const Workspace& workspace);

/** Scratch memory of a step of any kind. */
Scratch scratchOf(const Step& step, const NetworkPlan& plan, const Kernels& kernels);

}  // namespace nnunet::network
