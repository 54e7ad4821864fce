#include "trainer/training/optimizer.h"

#include <cmath>

#include "trainer/events.h"

namespace nnunet {
namespace {

/** What is kept for each parameter, as torch calls it. */
std::vector<std::string> bufferNames(OptimizerKind kind) {
  if (kind == OptimizerKind::sgd) return {"momentum_buffer"};
  if (kind == OptimizerKind::amsgrad) return {"exp_avg", "exp_avg_sq", "max_exp_avg_sq"};
  return {"exp_avg", "exp_avg_sq"};
}

constexpr std::pair<OptimizerKind, const char*> kNames[] = {{OptimizerKind::sgd, "sgd"},
                                                            {OptimizerKind::adam, "adam"},
                                                            {OptimizerKind::adamw, "adamw"},
                                                            {OptimizerKind::amsgrad, "amsgrad"}};

bool isConvolutionBias(const std::string& name) {
  return name.ends_with(".conv.bias");
}

}  // namespace

OptimizerKind optimizerKind(const std::string& name) {
  for (const auto& [kind, known] : kNames)
    if (name == known) return kind;
  throw CoreError("bad-job", "The optimizer " + name + " is unknown", "Use sgd, adam, adamw or amsgrad.");
}

std::string nameOf(OptimizerKind kind) {
  for (const auto& [known, name] : kNames)
    if (kind == known) return name;
  return {};
}

Optimizer::Optimizer(ParameterList parameters, OptimizerSettings settings)
    : parameters_(std::move(parameters)), settings_(settings) {
  for (const auto& name : bufferNames(settings_.kind))
    buffers_.push_back({"optimizer." + name + ".", std::vector<torch::Tensor>(parameters_.size())});
}

void Optimizer::clearGradients() {
  for (auto& parameter : parameters_) {
    parameter.tensor.mutable_grad().reset();
    // A bias before an instance normalisation has gradient zero, so it is not computed; weight decay still applies.
    if (isConvolutionBias(parameter.name)) parameter.tensor.mutable_grad() = torch::zeros_like(parameter.tensor);
  }
}

double Optimizer::step(double learningRate, double gradientScale) {
  torch::NoGradGuard noGrad;
  std::vector<torch::Tensor> weights, gradients, steps;
  std::vector<std::vector<torch::Tensor>> states(3);
  for (size_t i = 0; i < parameters_.size(); ++i) {
    auto& weight = parameters_[i].tensor;
    if (!weight.grad().defined()) continue;
    weights.push_back(weight);
    gradients.push_back(weight.grad());
    for (size_t k = 0; k < buffers_.size(); ++k) {
      auto& buffer = buffers_[k].tensors[i];
      if (!buffer.defined()) buffer = torch::zeros_like(weight);
      states[k].push_back(buffer);
    }
  }
  std::vector<torch::Tensor> norms = at::_foreach_norm(gradients, 2);
  const double norm = torch::stack(norms).to(torch::kCPU, torch::kDouble).norm().item<double>() / gradientScale;
  if (!std::isfinite(norm)) return norm;
  const double factor = std::min(1.0, settings_.clipNorm / (norm + 1e-6)) / gradientScale;
  if (factor != 1) at::_foreach_mul_(gradients, factor);

  if (settings_.kind == OptimizerKind::sgd) {
    // Zeroed buffers make the first step buf = g, as in torch.
    at::_fused_sgd_(weights, gradients, states[0], settings_.weightDecay, settings_.momentum, learningRate,
                    /*dampening=*/0, /*nesterov=*/true, /*maximize=*/false, /*is_first_step=*/false);
    return norm;
  }
  ++adamSteps_;
  for (const auto& weight : weights)
    steps.push_back(torch::full({}, static_cast<double>(adamSteps_), weight.options()));
  // Adam adds the weight decay to the gradient, AdamW takes it off the weight.
  const auto take = [&](auto step) {
    step(weights, gradients, states[0], states[1], states[2], steps, learningRate, settings_.beta1, settings_.beta2,
         settings_.weightDecay, settings_.epsilon, /*amsgrad=*/settings_.kind == OptimizerKind::amsgrad,
         /*maximize=*/false);
  };
  if (settings_.kind == OptimizerKind::adam)
    take([](auto&&... arguments) { at::_fused_adam_(arguments...); });
  else
    take([](auto&&... arguments) { at::_fused_adamw_(arguments...); });
  return norm;
}

std::vector<std::pair<std::string, torch::Tensor>> Optimizer::state() const {
  std::vector<std::pair<std::string, torch::Tensor>> result;
  for (size_t i = 0; i < parameters_.size(); ++i)
    for (const auto& [name, tensors] : buffers_)
      if (tensors[i].defined()) result.emplace_back(name + parameters_[i].name, tensors[i]);
  return result;
}

void Optimizer::load(const std::map<std::string, torch::Tensor>& tensors, int64_t adamSteps, const std::string& file) {
  const auto stored = [&](const std::string& kind, const NamedParameter& parameter) -> torch::Tensor {
    const auto found = tensors.find(kind + parameter.name);
    if (found == tensors.end()) return {};
    const auto problem = [&](const std::string& what) {
      return CoreError("checkpoint-mismatch",
                       "The optimizer's state in the checkpoint has another " + what + " than " + parameter.name,
                       "Use its weights only: start a new training with --from.", file);
    };
    if (found->second.sizes() != parameter.tensor.sizes()) throw problem("shape");
    if (found->second.scalar_type() != parameter.tensor.scalar_type()) throw problem("type");
    return found->second.to(parameter.tensor.device());
  };
  auto loaded = buffers_;
  for (auto& buffer : loaded)
    for (size_t i = 0; i < parameters_.size(); ++i) buffer.tensors[i] = stored(buffer.name, parameters_[i]);
  buffers_ = std::move(loaded);
  adamSteps_ = adamSteps;
}

}  // namespace nnunet
