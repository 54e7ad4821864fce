#include "trainer/network/layers.h"

#include <cmath>

#include "trainer/device.h"
#include "trainer/network/convolution.h"
#include "trainer/network/normalization.h"
#include "trainer/network/upsampling.h"

namespace nnunet {
namespace {

constexpr double kSlope = 0.01;

bool allOnes(const Sizes& sizes) {
  return std::all_of(sizes.begin(), sizes.end(), [](int64_t size) { return size == 1; });
}

/**
 * He initialisation for LeakyReLU(0.01): normal with std sqrt(2 / (1 + 0.01^2)) / sqrt(fan_in).
 * fan_in counts weight.size(1), which for transposed convolutions is the number of OUTPUT channels, as in torch.
 */
torch::Tensor heNormal(int64_t first, int64_t second, const Sizes& kernel) {
  std::vector<int64_t> shape{first, second};
  shape.insert(shape.end(), kernel.begin(), kernel.end());
  int64_t fanIn = second;
  for (const int64_t size : kernel) fanIn *= size;
  const double deviation = std::sqrt(2.0 / (1.0 + kSlope * kSlope)) / std::sqrt(static_cast<double>(fanIn));
  return torch::empty(shape).normal_(0.0, deviation).requires_grad_();
}

torch::Tensor zeros(int64_t size) {
  return torch::zeros({size}).requires_grad_();
}
torch::Tensor ones(int64_t size) {
  return torch::ones({size}).requires_grad_();
}

}  // namespace

ConvUnit::ConvUnit(int64_t in, int64_t out, const Sizes& kernel, const Sizes& stride, bool hasBias,
                   Normalization normalization, bool activated)
    : weight(heNormal(out, in, kernel)),
      normWeight(ones(out)),
      normBias(zeros(out)),
      stride(stride),
      normalization(normalization),
      activated(activated) {
  if (hasBias) bias = zeros(out);
  if (normalization.ofBatch) {
    runningMean = torch::zeros({out});
    runningVariance = torch::ones({out});
    batches = torch::zeros({}, torch::kLong);
  }
  for (const int64_t size : kernel) padding.push_back((size - 1) / 2);
}

torch::Tensor ConvUnit::forward(const torch::Tensor& input, Mode mode) const {
  const auto convolved = convolution(input, weight, stride, padding);
  if (normalization.ofBatch) {
    const auto normalized = normalizedByBatch(convolved, mode);
    return activated ? torch::leaky_relu(normalized, kSlope) : normalized;
  }
  return instanceNormLeakyRelu(convolved, normWeight, normBias, normalization.epsilon, activated ? kSlope : 1.0);
}

torch::Tensor ConvUnit::normalizedByBatch(const torch::Tensor& convolved, Mode mode) const {
  constexpr double momentum = 0.1;  // torch's default
  const bool isTraining = mode == Mode::training;
  const auto shift = bias.defined() ? bias.detach() : torch::zeros_like(runningMean);
  // A copy: what the gradient is computed from must not change behind its back.
  const auto mean = isTraining ? runningMean.clone() : runningMean - shift;
  const auto result = at::batch_norm(convolved, normWeight, normBias, mean, runningVariance, isTraining, momentum,
                                     normalization.epsilon, /*cudnn_enabled=*/true);
  if (isTraining) {
    torch::NoGradGuard noGrad;
    runningMean.detach().copy_(mean).add_(shift, momentum);
    batches.detach().add_(1);
  }
  return result;
}

void ConvUnit::collect(const std::string& prefix, ParameterList& parameters) const {
  parameters.push_back({prefix + ".conv.weight", weight});
  if (bias.defined()) parameters.push_back({prefix + ".conv.bias", bias});
  parameters.push_back({prefix + ".norm.weight", normWeight});
  parameters.push_back({prefix + ".norm.bias", normBias});
}

void ConvUnit::collectBuffers(const std::string& prefix, ParameterList& buffers) const {
  if (!normalization.ofBatch) return;
  buffers.push_back({prefix + ".norm.running_mean", runningMean});
  buffers.push_back({prefix + ".norm.running_var", runningVariance});
  buffers.push_back({prefix + ".norm.num_batches_tracked", batches});
}

ResidualBlock::ResidualBlock(int64_t in, int64_t out, const Sizes& kernel, const Sizes& stride, bool hasBias,
                             Normalization normalization)
    : first(in, out, kernel, stride, hasBias, normalization),
      second(out, out, kernel, Sizes(kernel.size(), 1), hasBias, normalization, /*activated=*/false) {
  torch::NoGradGuard noGrad;
  second.normWeight.zero_();  // each block starts as its skip path
  second.normBias.zero_();
  if (!allOnes(stride)) poolStride = stride;
  if (in != out) {
    projectionIndex = poolStride.empty() ? 0 : 1;
    const Sizes one(kernel.size(), 1);
    projection.emplace_back(in, out, one, one, /*hasBias=*/false, normalization, /*activated=*/false);
  }
}

torch::Tensor ResidualBlock::forward(const torch::Tensor& input, Mode mode) const {
  auto skip = input;
  if (!poolStride.empty()) {
    skip = poolStride.size() == 3 ? torch::avg_pool3d(skip, poolStride, poolStride)
                                  : torch::avg_pool2d(skip, poolStride, poolStride);
  }
  for (const auto& unit : projection) skip = unit.forward(skip, mode);
  return torch::leaky_relu(second.forward(first.forward(input, mode), mode) + skip, kSlope);
}

void ResidualBlock::collect(const std::string& prefix, ParameterList& parameters) const {
  first.collect(prefix + ".conv1", parameters);
  second.collect(prefix + ".conv2", parameters);
  for (const auto& unit : projection) unit.collect(projectionName(prefix), parameters);
}

void ResidualBlock::collectBuffers(const std::string& prefix, ParameterList& buffers) const {
  first.collectBuffers(prefix + ".conv1", buffers);
  second.collectBuffers(prefix + ".conv2", buffers);
  for (const auto& unit : projection) unit.collectBuffers(projectionName(prefix), buffers);
}

std::string ResidualBlock::projectionName(const std::string& prefix) const {
  return prefix + ".skip." + std::to_string(projectionIndex);
}

Upsampling::Upsampling(int64_t in, int64_t out, const Sizes& stride, bool hasBias)
    : weight(heNormal(in, out, stride)), stride(stride) {
  if (hasBias) bias = zeros(out);
}

torch::Tensor Upsampling::forward(const torch::Tensor& input, const torch::Tensor& skip) const {
  return upsampleAndJoin(input, weight, bias, skip, stride);
}

void Upsampling::collect(const std::string& prefix, ParameterList& parameters) const {
  parameters.push_back({prefix + ".weight", weight});
  if (bias.defined()) parameters.push_back({prefix + ".bias", bias});
}

SegmentationHead::SegmentationHead(int64_t in, int64_t classes, int dims)
    : weight(heNormal(classes, in, Sizes(dims, 1))), bias(zeros(classes)) {}

torch::Tensor SegmentationHead::forward(const torch::Tensor& features) const {
  const Float32Scope float32(features.device());
  const auto input = features.to(torch::kFloat);
  if (!input.device().is_cpu())
    return input.dim() == 5 ? torch::conv3d(input, weight, bias) : torch::conv2d(input, weight, bias);
  // Channels last, a 1x1 convolution is one matrix product over all voxels.
  const auto perVoxel = torch::linear(input.movedim(1, -1), weight.flatten(1), bias);
  return perVoxel.movedim(-1, 1).contiguous();
}

void SegmentationHead::collect(const std::string& prefix, ParameterList& parameters) const {
  parameters.push_back({prefix + ".weight", weight});
  parameters.push_back({prefix + ".bias", bias});
}

}  // namespace nnunet
