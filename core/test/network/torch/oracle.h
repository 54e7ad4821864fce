/** The U-Nets written with LibTorch's own operations: in double, what core/network is compared with. */
#pragma once

#include <map>
#include <string>
#include <vector>

#include "network/architecture.h"
#include "network/weights.h"
#include "trainer/torch.h"

namespace nnunet::network {

class Oracle {
 public:
  explicit Oracle(const Architecture& architecture, torch::ScalarType type = torch::kDouble)
      : a_(architecture), table_(parametersOf(architecture)) {
    for (const auto& parameter : table_.parameters)
      parameters_[parameter.name] = torch::zeros(parameter.shape, type).requires_grad_();
    for (const auto& parameter : runningStatisticsOf(architecture).parameters)
      running_[parameter.name] = torch::full(parameter.shape, parameter.name.ends_with("var") ? 1.0 : 0.0, type);
  }

  void take(std::span<const float> weights) {
    torch::NoGradGuard noGrad;
    for (const auto& parameter : table_.parameters)
      parameters_.at(parameter.name)
          .copy_(torch::from_blob(const_cast<float*>(weights.data() + parameter.first), parameter.shape));
  }
  torch::Tensor& parameter(const std::string& name) { return parameters_.at(name); }
  const torch::Tensor& running(const std::string& name) const { return running_.at(name); }
  const ParameterTable& table() const { return table_; }

  /** Scores of the highest resolutions, highest first. */
  std::vector<torch::Tensor> forward(torch::Tensor x, size_t heads, bool training = true) {
    training_ = training;
    const Sizes one(a_.dims, 1);
    if (a_.residualEncoder) x = unit("encoder.stem.convs.0", x, a_.kernelSizes[0], one, kSlope);
    std::vector<torch::Tensor> skips;
    for (size_t stage = 0; stage < a_.stages(); ++stage) {
      const std::string prefix = "encoder.stages." + std::to_string(stage);
      for (int64_t i = 0; i < a_.encoderUnits[stage]; ++i) {
        const Sizes& stride = i == 0 ? a_.strides[stage] : one;
        x = a_.residualEncoder
                ? block(prefix + ".blocks." + std::to_string(i), x, a_.kernelSizes[stage], stride)
                : unit(prefix + ".0.convs." + std::to_string(i), x, a_.kernelSizes[stage], stride, kSlope);
      }
      skips.push_back(x);
    }
    std::vector<torch::Tensor> outputs(heads);
    for (size_t j = 0; j + 1 < a_.stages(); ++j) {
      const size_t level = a_.stages() - 2 - j;
      const std::string number = std::to_string(j), up = "decoder.transpconvs." + number;
      const Sizes& stride = a_.strides[level + 1];
      x = a_.dims == 3 ? torch::conv_transpose3d(x, parameters_.at(up + ".weight"), optional(up + ".bias"), stride)
                       : torch::conv_transpose2d(x, parameters_.at(up + ".weight"), optional(up + ".bias"), stride);
      x = torch::cat({x, skips[level]}, 1);
      for (int64_t i = 0; i < a_.decoderUnits[j]; ++i)
        x = unit("decoder.stages." + number + ".convs." + std::to_string(i), x, a_.kernelSizes[level], one, kSlope);
      if (level < heads) outputs[level] = convolution("decoder.seg_layers." + number, x, one, one);
    }
    return outputs;
  }

 private:
  using Sizes = std::vector<int64_t>;
  static constexpr double kSlope = 0.01;

  torch::Tensor optional(const std::string& name) const {
    const auto found = parameters_.find(name);
    return found == parameters_.end() ? torch::Tensor() : found->second;
  }
  torch::Tensor convolution(const std::string& name, const torch::Tensor& x, const Sizes& kernel, const Sizes& stride) {
    Sizes padding;
    for (const int64_t size : kernel) padding.push_back((size - 1) / 2);
    const auto& weight = parameters_.at(name + ".weight");
    return a_.dims == 3 ? torch::conv3d(x, weight, optional(name + ".bias"), stride, padding)
                        : torch::conv2d(x, weight, optional(name + ".bias"), stride, padding);
  }
  torch::Tensor unit(const std::string& name, const torch::Tensor& x, const Sizes& kernel, const Sizes& stride,
                     double slope, const torch::Tensor& addend = {}) {
    auto y = convolution(name + ".conv", x, kernel, stride);
    const auto &weight = parameters_.at(name + ".norm.weight"), &bias = parameters_.at(name + ".norm.bias");
    y = a_.batchNorm ? torch::batch_norm(y, weight, bias, running_.at(name + ".norm.running_mean"),
                                         running_.at(name + ".norm.running_var"), training_, 0.1, a_.normEpsilon, false)
                     : torch::instance_norm(y, weight, bias, {}, {}, true, 0.0, a_.normEpsilon, false);
    if (addend.defined()) y = y + addend;
    return slope == 1 ? y : torch::leaky_relu(y, slope);
  }
  torch::Tensor block(const std::string& name, const torch::Tensor& x, const Sizes& kernel, const Sizes& stride) {
    const Sizes one(a_.dims, 1);
    auto skip = x;
    const bool pools = stride != one;
    if (pools) skip = a_.dims == 3 ? torch::avg_pool3d(skip, stride, stride) : torch::avg_pool2d(skip, stride, stride);
    const std::string projection = name + (pools ? ".skip.1" : ".skip.0");
    if (parameters_.contains(projection + ".conv.weight")) skip = unit(projection, skip, one, one, 1);
    return unit(name + ".conv2", unit(name + ".conv1", x, kernel, stride, kSlope), kernel, one, kSlope, skip);
  }

  Architecture a_;
  ParameterTable table_;
  std::map<std::string, torch::Tensor> parameters_, running_;
  bool training_ = true;
};

}  // namespace nnunet::network
