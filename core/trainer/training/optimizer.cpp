#include "trainer/training/optimizer.h"

#include <cmath>

#include "trainer/events.h"

namespace nnunet {
namespace {

const char* const kMomentum = "optimizer.momentum_buffer.";
const char* const kFirstMoment = "optimizer.exp_avg.";
const char* const kSecondMoment = "optimizer.exp_avg_sq.";

bool isConvolutionBias(const std::string& name) {
  return name.ends_with(".conv.bias");
}

}  // namespace

Optimizer::Optimizer(ParameterList parameters, OptimizerSettings settings)
    : parameters_(std::move(parameters)),
      settings_(settings),
      first_(parameters_.size()),
      second_(parameters_.size()) {}

void Optimizer::clearGradients() {
  for (auto& parameter : parameters_) {
    parameter.tensor.mutable_grad().reset();
    // A bias before an instance normalisation has gradient zero, so it is not computed; weight decay still applies.
    if (isConvolutionBias(parameter.name)) parameter.tensor.mutable_grad() = torch::zeros_like(parameter.tensor);
  }
}

double Optimizer::step(double learningRate, double gradientScale) {
  torch::NoGradGuard noGrad;
  std::vector<torch::Tensor> weights, gradients, first, second, steps;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    auto& weight = parameters_[i].tensor;
    if (!weight.grad().defined()) continue;
    if (!first_[i].defined()) first_[i] = torch::zeros_like(weight);
    if (settings_.adamw && !second_[i].defined()) second_[i] = torch::zeros_like(weight);
    weights.push_back(weight);
    gradients.push_back(weight.grad());
    first.push_back(first_[i]);
    second.push_back(second_[i]);
  }
  std::vector<torch::Tensor> norms = at::_foreach_norm(gradients, 2);
  const double norm = torch::stack(norms).to(torch::kCPU, torch::kDouble).norm().item<double>() / gradientScale;
  if (!std::isfinite(norm)) return norm;
  const double factor = std::min(1.0, settings_.clipNorm / (norm + 1e-6)) / gradientScale;
  if (factor != 1) at::_foreach_mul_(gradients, factor);

  if (!settings_.adamw) {
    // Zeroed buffers make the first step buf = g, as in torch.
    at::_fused_sgd_(weights, gradients, first, settings_.weightDecay, settings_.momentum, learningRate, /*dampening=*/0,
                    /*nesterov=*/true, /*maximize=*/false, /*is_first_step=*/false);
    return norm;
  }
  ++adamSteps_;
  for (const auto& weight : weights)
    steps.push_back(torch::full({}, static_cast<double>(adamSteps_), weight.options()));
  at::_fused_adamw_(weights, gradients, first, second, /*max_exp_avg_sqs=*/{}, steps, learningRate, settings_.beta1,
                    settings_.beta2, settings_.weightDecay, settings_.epsilon, /*amsgrad=*/false, /*maximize=*/false);
  return norm;
}

std::vector<std::pair<std::string, torch::Tensor>> Optimizer::state() const {
  std::vector<std::pair<std::string, torch::Tensor>> result;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const auto& name = parameters_[i].name;
    if (first_[i].defined()) result.emplace_back((settings_.adamw ? kFirstMoment : kMomentum) + name, first_[i]);
    if (second_[i].defined()) result.emplace_back(kSecondMoment + name, second_[i]);
  }
  return result;
}

void Optimizer::load(const std::map<std::string, torch::Tensor>& tensors, int64_t adamSteps, const std::string& file) {
  const auto stored = [&](const std::string& kind, const NamedParameter& parameter) -> torch::Tensor {
    const auto found = tensors.find(kind + parameter.name);
    if (found == tensors.end()) return {};
    const auto problem = [&](const std::string& what) {
      return CoreError("checkpoint-mismatch",
                       "The optimizer's state in the checkpoint has another " + what + " than " + parameter.name,
                       "Use its weights only: start a new training with --pretrained.", file);
    };
    if (found->second.sizes() != parameter.tensor.sizes()) throw problem("shape");
    if (found->second.scalar_type() != parameter.tensor.scalar_type()) throw problem("type");
    return found->second.to(parameter.tensor.device());
  };
  std::vector<torch::Tensor> first, second;
  for (const auto& parameter : parameters_) {
    first.push_back(stored(settings_.adamw ? kFirstMoment : kMomentum, parameter));
    second.push_back(settings_.adamw ? stored(kSecondMoment, parameter) : torch::Tensor());
  }
  first_ = std::move(first);
  second_ = std::move(second);
  adamSteps_ = adamSteps;
}

}  // namespace nnunet
