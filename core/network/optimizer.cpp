#include "network/optimizer.h"

#include <algorithm>
#include <cmath>

namespace nnunet::network {
namespace {

constexpr int64_t kPiece = 1 << 15;

std::vector<const char*> bufferNames(OptimizerKind kind) {
  if (kind == OptimizerKind::sgd) return {"momentum_buffer"};
  if (kind == OptimizerKind::amsgrad) return {"exp_avg", "exp_avg_sq", "max_exp_avg_sq"};
  return {"exp_avg", "exp_avg_sq"};
}

}  // namespace

Optimizer::Optimizer(const ParameterTable& table, std::vector<bool> trained, OptimizerSettings settings)
    : settings_(settings) {
  for (const char* name : bufferNames(settings_.kind))
    buffers_.push_back({name, std::vector<float>(static_cast<size_t>(table.numbers), 0.f)});
  for (size_t i = 0; i < table.parameters.size(); ++i) {
    if (!trained[i]) continue;
    const auto& parameter = table.parameters[i];
    for (int64_t first = 0; first < parameter.count; first += kPiece)
      pieces_.push_back({parameter.first + first, parameter.first + std::min(parameter.count, first + kPiece)});
  }
}

double Optimizer::step(std::span<float> values, std::span<const float> gradients, double learningRate,
                       ThreadPool& pool) {
  std::vector<double> squares(pieces_.size());
  pool.run(static_cast<int64_t>(pieces_.size()), [&](int64_t number, int) {
    double sum = 0;
    for (int64_t i = pieces_[number].first; i < pieces_[number].last; ++i)
      sum += static_cast<double>(gradients[i]) * gradients[i];
    squares[number] = sum;
  });
  double sum = 0;
  for (const double square : squares) sum += square;
  const double norm = std::sqrt(sum);
  if (!std::isfinite(norm)) return norm;
  const auto factor = static_cast<float>(std::min(1.0, settings_.clipNorm / (norm + 1e-6)));
  const bool isAdam = settings_.kind != OptimizerKind::sgd;
  if (isAdam) ++adamSteps;
  pool.run(static_cast<int64_t>(pieces_.size()), [&](int64_t number, int) {
    if (isAdam)
      stepAdam(pieces_[number], values.data(), gradients.data(), factor, learningRate);
    else
      stepSgd(pieces_[number], values.data(), gradients.data(), factor, static_cast<float>(learningRate));
  });
  return norm;
}

// A buffer of zeros makes the first step's momentum the gradient, as in torch.
void Optimizer::stepSgd(const Piece& piece, float* values, const float* gradients, float factor, float learningRate) {
  const auto decay = static_cast<float>(settings_.weightDecay), momentum = static_cast<float>(settings_.momentum);
  float* buffer = buffers_[0].numbers.data();
  for (int64_t i = piece.first; i < piece.last; ++i) {
    const float gradient = gradients[i] * factor + decay * values[i];
    buffer[i] = momentum * buffer[i] + gradient;
    values[i] -= learningRate * (gradient + momentum * buffer[i]);
  }
}

// Adam adds the weight decay to the gradient, AdamW takes it off the weight.
// Source: Kingma & Ba 2015; Loshchilov & Hutter 2019; Reddi et al. 2018; torch.optim.Adam and AdamW.
void Optimizer::stepAdam(const Piece& piece, float* values, const float* gradients, float factor, double learningRate) {
  const auto steps = static_cast<double>(adamSteps);
  const auto stepSize = static_cast<float>(learningRate / (1 - std::pow(settings_.beta1, steps)));
  const auto correction = static_cast<float>(std::sqrt(1 - std::pow(settings_.beta2, steps)));
  const bool decaysGradient = settings_.kind == OptimizerKind::adam;
  const auto added = static_cast<float>(decaysGradient ? settings_.weightDecay : 0);
  const auto kept = static_cast<float>(decaysGradient ? 1 : 1 - learningRate * settings_.weightDecay);
  const auto beta1 = static_cast<float>(settings_.beta1), beta2 = static_cast<float>(settings_.beta2);
  const auto epsilon = static_cast<float>(settings_.epsilon);
  float *first = buffers_[0].numbers.data(), *second = buffers_[1].numbers.data();
  float* largest = settings_.kind == OptimizerKind::amsgrad ? buffers_[2].numbers.data() : nullptr;
  for (int64_t i = piece.first; i < piece.last; ++i) {
    const float gradient = gradients[i] * factor + added * values[i];
    first[i] += (1 - beta1) * (gradient - first[i]);
    second[i] = beta2 * second[i] + (1 - beta2) * gradient * gradient;
    float divisor = second[i];
    if (largest) divisor = largest[i] = std::max(largest[i], second[i]);
    values[i] = values[i] * kept - stepSize * first[i] / (std::sqrt(divisor) / correction + epsilon);
  }
}

}  // namespace nnunet::network
