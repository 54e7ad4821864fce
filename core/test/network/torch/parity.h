/** Runs core/network and the oracle side by side on the same random numbers. */
#pragma once

#include <gtest/gtest.h>

#include "network/network.h"
#include "oracle.h"
#include "trainer/network/instruction_set.h"

namespace nnunet::network {

struct Parity {
  Architecture architecture;
  PlanRequest request;
  ThreadPool pool{2};
  Network network;
  Oracle oracle;
  torch::Tensor image;
  std::vector<torch::Tensor> targets;  ///< int16 (N, 1 or regions (+ 1), spatial), per output

  Parity(const Architecture& a, const PlanRequest& request)
      : architecture(a), request(request), network(a, request, kernelsFor(instructionSet()), pool), oracle(a) {
    torch::manual_seed(11);
    drawWeights(network.plan().parameters, 5, network.weights());
    // Norms and biases that do something: fresh networks have ones and zeros, with which much cannot be told apart.
    for (const auto& parameter : network.plan().parameters.parameters) {
      if (parameter.shape.size() != 1) continue;
      const auto noise = torch::randn({parameter.count});
      const float middle = parameter.name.ends_with("norm.weight") ? 1.f : 0.f;
      for (int64_t i = 0; i < parameter.count; ++i)
        network.weights()[parameter.first + i] = middle + 0.2f * noise[i].item<float>();
    }
    oracle.take(network.weights());
    auto shape = request.patch;
    shape.insert(shape.begin(), {request.samples, a.inputChannels});
    image = torch::randn(shape);
  }

  static torch::Tensor blocks(const std::vector<int64_t>& shape, int64_t highest) {
    auto sum = torch::zeros(shape, torch::kFloat);
    for (size_t axis = 2; axis < shape.size(); ++axis) {
      std::vector<int64_t> along(shape.size(), 1);
      along[axis] = shape[axis];
      sum = sum + (torch::arange(shape[axis], torch::kFloat) * 3 / shape[axis]).floor().view(along);
    }
    return sum.remainder(highest + 1).to(torch::kShort).contiguous();
  }

  /** Shape of an output with so many channels. */
  std::vector<int64_t> outputShape(size_t output, int64_t channels) const {
    const auto& extent = network.plan().values[network.plan().scores[output].value].shape.extent;
    std::vector<int64_t> shape{request.samples, channels};
    shape.insert(shape.end(), extent.end() - architecture.dims, extent.end());
    return shape;
  }
  /** Labels in blocks, which the image shows: gradients of pure noise are what rounding and the kinks of leaky ReLUs
   * leave, and compare with nothing. */
  void drawLabels(int64_t highest) {
    for (size_t i = 0; i < request.heads; ++i) targets.push_back(blocks(outputShape(i, 1), highest));
    image = 0.5 * image + blocks(outputShape(0, 1), highest).to(torch::kFloat);
  }
  std::vector<const int16_t*> targetPointers() const {
    std::vector<const int16_t*> pointers;
    for (const auto& target : targets) pointers.push_back(target.const_data_ptr<int16_t>());
    return pointers;
  }
  void forward(Network::Mode mode = Network::Mode::train) { network.forward(image.const_data_ptr<float>(), mode); }

  torch::Tensor scores(size_t output) const {
    const auto values = network.scores(output);
    return torch::from_blob(const_cast<float*>(values.data()), outputShape(output, architecture.outputChannels))
        .clone();
  }
  torch::Tensor gradient(const Parameter& parameter) const {
    return torch::from_blob(const_cast<float*>(network.gradients().data() + parameter.first), parameter.shape);
  }
};

/** Largest difference, as a part of the largest value. */
inline double relativeError(const torch::Tensor& value, const torch::Tensor& expected) {
  const double scale = expected.detach().abs().max().item<double>();
  const double error = (value.to(torch::kDouble) - expected.detach().to(torch::kDouble)).abs().max().item<double>();
  return scale > 0 ? error / scale : error;
}

/** Gradient of every parameter against the oracle's, which has been through backward(). */
inline void expectGradients(Parity& parity, double tolerance) {
  const auto& plan = parity.network.plan();
  for (size_t i = 0; i < plan.parameters.parameters.size(); ++i) {
    const auto& parameter = plan.parameters.parameters[i];
    if (!plan.trained[i]) continue;
    if (parameter.name.ends_with(".conv.bias")) {  // zero but for rounding
      EXPECT_EQ(parity.gradient(parameter).abs().max().item<float>(), 0) << parameter.name;
      continue;
    }
    EXPECT_LT(relativeError(parity.gradient(parameter), parity.oracle.parameter(parameter.name).grad()), tolerance)
        << parameter.name;
  }
}

}  // namespace nnunet::network
