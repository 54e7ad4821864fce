#include "network/layers.h"

#include "network/convolution.h"
#include "network/normalization.h"
#include "network/winograd.h"

namespace nnunet::network {
namespace {

constexpr Axes kUnpadded{0, 0, 0};

/** A kernel as the target of the layer sees it, or as its input does. */
KernelView forwardKernel(const Layer& layer, const float* weight) {
  const int64_t places = product(layer.kernel);
  return {weight, layer.in * places, places};
}
KernelView backwardKernel(const Layer& layer, const float* weight, int64_t firstInput) {
  const int64_t places = product(layer.kernel);
  return {weight + firstInput * places, places, layer.in * places};
}
KernelView upsamplingKernel(const Layer& layer, const float* weight) {
  const int64_t places = product(layer.kernel);
  return {weight, places, layer.out * places};
}
KernelView upsamplingBackwardKernel(const Layer& layer, const float* weight) {
  const int64_t places = product(layer.kernel);
  return {weight, layer.out * places, places};
}

TapRun tapsOf(const Layer& layer, const Axes& output) {
  return convolutionTaps(layer.kernel, layer.stride, paddingOf(layer.kernel), output);
}
std::vector<TapRun> inputGradientTaps(const Layer& layer, const Axes& input) {
  return transposedTaps(layer.kernel, layer.stride, paddingOf(layer.kernel), input);
}
std::vector<TapRun> upsamplingTaps(const Layer& layer, const Axes& output) {
  return transposedTaps(layer.kernel, layer.stride, kUnpadded, output);
}
TapRun upsamplingBackwardTaps(const Layer& layer, const Axes& input) {
  return convolutionTaps(layer.kernel, layer.stride, kUnpadded, input);
}

bool suitsWinograd(const Layer& layer, int64_t samples, const Axes& extent, int64_t in, int64_t out,
                   const Kernels& kernels) {
  return network::suitsWinograd(layer.kernel, layer.stride, samples, extent, in, out, kernels);
}

}  // namespace

void convolveLayer(const Layer& layer, const float* weight, const float* bias, const ConstVolume& input,
                   const Volume& output, const Workspace& workspace) {
  const KernelView kernel = forwardKernel(layer, weight);
  if (!bias && suitsWinograd(layer, input.samples, output.extent, layer.in, layer.out, workspace.kernels))
    return winogradConvolve(layer.kernel, kernel, false, input, false, output, workspace);
  convolve({tapsOf(layer, output.extent)}, input, kernel, bias, false, output, workspace);
}

void convolveLayerWeightGradient(const Layer& layer, const ConstVolume& input, const ConstVolume& outputGradient,
                                 float* weightGradient, const Workspace& workspace) {
  if (suitsWinograd(layer, input.samples, input.extent, layer.in, layer.out, workspace.kernels))
    return winogradKernelGradient(layer.kernel, input, outputGradient, weightGradient, workspace);
  const KernelView kernel = forwardKernel(layer, nullptr);
  kernelGradient(tapsOf(layer, outputGradient.extent), input, outputGradient, kernel.targetStep, kernel.sourceStep,
                 weightGradient, workspace);
}

void convolveLayerInputGradient(const Layer& layer, const float* weight, int64_t firstInput,
                                const ConstVolume& outputGradient, bool adds, const Volume& inputGradient,
                                const Workspace& workspace) {
  const KernelView kernel = backwardKernel(layer, weight, firstInput);
  if (suitsWinograd(layer, inputGradient.samples, inputGradient.extent, layer.out, inputGradient.channels,
                    workspace.kernels))
    return winogradConvolve(layer.kernel, kernel, true, outputGradient, adds, inputGradient, workspace);
  convolve(inputGradientTaps(layer, inputGradient.extent), outputGradient, kernel, nullptr, adds, inputGradient,
           workspace);
}

void upsampleLayer(const Layer& layer, const float* weight, const float* bias, const ConstVolume& input,
                   const Volume& output, const Workspace& workspace) {
  convolve(upsamplingTaps(layer, output.extent), input, upsamplingKernel(layer, weight), bias, false, output,
           workspace);
}

void upsampleLayerWeightGradient(const Layer& layer, const ConstVolume& input, const ConstVolume& outputGradient,
                                 float* weightGradient, const Workspace& workspace) {
  const KernelView kernel = upsamplingBackwardKernel(layer, nullptr);
  kernelGradient(upsamplingBackwardTaps(layer, input.extent), outputGradient, input, kernel.targetStep,
                 kernel.sourceStep, weightGradient, workspace);
}

void upsampleLayerInputGradient(const Layer& layer, const float* weight, const ConstVolume& outputGradient, bool adds,
                                const Volume& inputGradient, const Workspace& workspace) {
  convolve({upsamplingBackwardTaps(layer, inputGradient.extent)}, outputGradient,
           upsamplingBackwardKernel(layer, weight), nullptr, adds, inputGradient, workspace);
}

Scratch scratchOf(const Step& step, const NetworkPlan& plan, const Kernels& kernels) {
  if (step.layer < 0) return {};
  const Layer& layer = plan.layers[step.layer];
  const auto shape = [&](const Part& part) -> const Shape& { return plan.values[part.value].shape; };
  const auto& matrix = kernels.matrix;
  switch (step.kind) {
    case StepKind::convolve:
    case StepKind::head: {
      const Shape& output = shape(step.writes[0]);
      Scratch scratch = convolveScratch({tapsOf(layer, output.extent)}, layer.in, layer.out, matrix);
      if (suitsWinograd(layer, output.samples, output.extent, layer.in, layer.out, kernels))
        scratch.include(winogradConvolveScratch(layer.kernel, output.extent, layer.in, layer.out, kernels));
      return scratch;
    }
    case StepKind::upsample:
      return convolveScratch(upsamplingTaps(layer, shape(step.writes[0]).extent), layer.in, layer.out, matrix);
    case StepKind::statistics:
    case StepKind::normaliseGradient:
      return normalisationScratch(shape(step.reads[0]));
    case StepKind::weightGradient:
    case StepKind::headGradient: {
      const Shape& gradient = shape(step.reads[1]);
      if (step.kind == StepKind::weightGradient &&
          suitsWinograd(layer, gradient.samples, gradient.extent, layer.in, layer.out, kernels))
        return winogradKernelGradientScratch(layer.kernel, gradient.samples, gradient.extent, layer.in, layer.out,
                                             kernels);
      Scratch scratch =
          kernelGradientScratch(tapsOf(layer, gradient.extent), gradient.samples, layer.in, layer.out, matrix);
      if (step.kind == StepKind::weightGradient) return scratch;
      scratch.include(biasGradientScratch(gradient, layer.out));
      scratch.include(convolveScratch(inputGradientTaps(layer, gradient.extent), layer.out, layer.in, matrix));
      return scratch;
    }
    case StepKind::inputGradient: {
      const Shape& input = shape(step.writes[0]);
      const int64_t channels = step.writes[0].channels;
      if (suitsWinograd(layer, input.samples, input.extent, layer.out, channels, kernels))
        return winogradConvolveScratch(layer.kernel, input.extent, layer.out, channels, kernels);
      return convolveScratch(inputGradientTaps(layer, input.extent), layer.out, channels, matrix);
    }
    case StepKind::upsampleWeightGradient: {
      const Shape &input = shape(step.reads[0]), &gradient = shape(step.reads[1]);
      Scratch scratch = kernelGradientScratch(upsamplingBackwardTaps(layer, input.extent), input.samples, layer.out,
                                              layer.in, matrix);
      scratch.include(biasGradientScratch(gradient, layer.out));
      return scratch;
    }
    case StepKind::upsampleInputGradient:
      return convolveScratch({upsamplingBackwardTaps(layer, shape(step.writes[0]).extent)}, layer.out, layer.in,
                             matrix);
    default:
      return {};
  }
}

}  // namespace nnunet::network
