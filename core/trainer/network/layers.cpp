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

ConvUnit::ConvUnit(int64_t in, int64_t out, const Sizes& kernel, const Sizes& stride, bool hasBias, double epsilon,
                   bool activated)
    : weight(heNormal(out, in, kernel)),
      normWeight(ones(out)),
      normBias(zeros(out)),
      stride(stride),
      epsilon(epsilon),
      activated(activated) {
  if (hasBias) bias = zeros(out);
  for (const int64_t size : kernel) padding.push_back((size - 1) / 2);
}

torch::Tensor ConvUnit::forward(const torch::Tensor& input) const {
  const auto convolved = convolution(input, weight, stride, padding);
  return instanceNormLeakyRelu(convolved, normWeight, normBias, epsilon, activated ? kSlope : 1.0);
}

void ConvUnit::collect(const std::string& prefix, ParameterList& parameters) const {
  parameters.push_back({prefix + ".conv.weight", weight});
  if (bias.defined()) parameters.push_back({prefix + ".conv.bias", bias});
  parameters.push_back({prefix + ".norm.weight", normWeight});
  parameters.push_back({prefix + ".norm.bias", normBias});
}

ResidualBlock::ResidualBlock(int64_t in, int64_t out, const Sizes& kernel, const Sizes& stride, bool hasBias,
                             double epsilon)
    : first(in, out, kernel, stride, hasBias, epsilon),
      second(out, out, kernel, Sizes(kernel.size(), 1), hasBias, epsilon, /*activated=*/false) {
  torch::NoGradGuard noGrad;
  second.normWeight.zero_();  // each block starts as its skip path
  second.normBias.zero_();
  if (!allOnes(stride)) poolStride = stride;
  if (in != out) {
    projectionIndex = poolStride.empty() ? 0 : 1;
    const Sizes one(kernel.size(), 1);
    projection.emplace_back(in, out, one, one, /*hasBias=*/false, epsilon, /*activated=*/false);
  }
}

torch::Tensor ResidualBlock::forward(const torch::Tensor& input) const {
  auto skip = input;
  if (!poolStride.empty()) {
    skip = poolStride.size() == 3 ? torch::avg_pool3d(skip, poolStride, poolStride)
                                  : torch::avg_pool2d(skip, poolStride, poolStride);
  }
  for (const auto& unit : projection) skip = unit.forward(skip);
  return torch::leaky_relu(second.forward(first.forward(input)) + skip, kSlope);
}

void ResidualBlock::collect(const std::string& prefix, ParameterList& parameters) const {
  first.collect(prefix + ".conv1", parameters);
  second.collect(prefix + ".conv2", parameters);
  for (const auto& unit : projection) unit.collect(prefix + ".skip." + std::to_string(projectionIndex), parameters);
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
