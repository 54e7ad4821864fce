#include "network/network.h"

#include "network/convolution.h"
#include "network/layers.h"
#include "network/normalization.h"
#include "network/pooling.h"
#include "network/volumes.h"

namespace nnunet::network {
namespace {

/** Of batch normalisation, as torch has it. */
constexpr float kMomentum = 0.1f;

int64_t alignedNumbers(int64_t numbers) {
  constexpr int64_t step = kArenaAlignment / sizeof(float);
  return (numbers + step - 1) / step * step;
}

}  // namespace

Network::Network(const Architecture& architecture, const PlanRequest& request, const Kernels& kernels, ThreadPool& pool)
    : plan_(planNetwork(architecture, request)),
      pool_(pool),
      weights_(plan_.parameters.numbers, 0.f),
      gradients_(request.training ? plan_.parameters.numbers : 0, 0.f),
      running_(plan_.runningStatistics.numbers, 0.f),
      workspace_{pool, kernels, {}, {}} {
  for (const auto& parameter : plan_.runningStatistics.parameters)
    if (parameter.name.ends_with("running_var")) std::fill_n(running_.begin() + parameter.first, parameter.count, 1.f);
  Scratch scratch;
  for (const auto* steps : {&plan_.forward, &plan_.backward})
    for (const auto& step : *steps) scratch.include(scratchOf(step, plan_, kernels));
  const int64_t values = plan_.arena.bytes / static_cast<int64_t>(sizeof(float));
  const int64_t shared = alignedNumbers(scratch.shared), perWorker = alignedNumbers(scratch.perWorker);
  const int64_t total = values + shared + perWorker * pool.threads();
  memory_.emplace(total);
  arena_ = {memory_->data(), static_cast<size_t>(total)};
  workspace_.shared = arena_.subspan(values, shared);
  workspace_.workers = arena_.subspan(values + shared);
}

float* Network::memoryOf(int value) const {
  return arena_.data() + plan_.arena.offsets[value] / static_cast<int64_t>(sizeof(float));
}

Volume Network::volumeOf(const Part& part) const {
  const Shape& shape = plan_.values[part.value].shape;
  if (shape.layout == Layout::scores) return scoresIn(memoryOf(part.value), shape);
  return volumeIn(memoryOf(part.value), shape, part.first, part.channels);
}

const float* Network::weightOf(int parameter) const {
  return parameter < 0 ? nullptr : weights_.data() + plan_.parameters.parameters[parameter].first;
}

float* Network::gradientOf(int parameter) {
  return gradients_.data() + plan_.parameters.parameters[parameter].first;
}

std::span<const float> Network::scores(size_t output) const {
  const int value = plan_.scores[output].value;
  return {memoryOf(value), static_cast<size_t>(plan_.values[value].shape.numbers())};
}

void Network::begin(const Step& step) {
  for (const int value : step.begins) {
    const Shape& shape = plan_.values[value].shape;
    if (shape.layout == Layout::volume) clearBorder(memoryOf(value), shape, workspace_);
  }
}

void Network::forward(const float* image, Mode mode) {
  image_ = image;
  mode_ = mode;
  for (const auto& step : plan_.forward) {
    begin(step);
    run(step);
  }
}

void Network::backward() {
  for (const auto& step : plan_.backward) {
    begin(step);
    run(step);
  }
}

double Network::loss(const std::vector<const int16_t*>& targets, const std::vector<double>& weights,
                     const LossSettings& settings) {
  const Parallel parallel = [&](int64_t pieces, const std::function<void(int64_t)>& body) {
    pool_.run(pieces, [&](int64_t piece, int) { body(piece); });
  };
  double total = 0;
  for (size_t i = 0; i < plan_.scores.size(); ++i) {
    const Shape& shape = plan_.values[plan_.scores[i].value].shape;
    const LossInput input{memoryOf(plan_.scores[i].value), targets[i], shape.samples, shape.channels,
                          product(shape.extent)};
    const LossResult result = lossOf(input, settings, parallel);
    total += weights[i] * result.value;
    if (plan_.scoreGradients.empty()) continue;
    lossGradient(input, settings, result, static_cast<float>(weights[i]), memoryOf(plan_.scoreGradients[i].value),
                 parallel);
  }
  return total;
}

void Network::statistics(const Step& step) {
  const Layer& layer = plan_.layers[step.layer];
  const Volume sums = volumeOf(step.reads[0]);
  float* table = memoryOf(step.writes[0].value);
  const bool overBatch = plan_.architecture.batchNorm;
  const NormTerms terms{weightOf(layer.normWeight), weightOf(layer.normBias), plan_.architecture.normEpsilon,
                        overBatch};
  if (!overBatch) return normStatistics(sums, terms, table, {}, workspace_);
  // The bias of the convolution is not added here, but belongs to the mean that checkpoints hold.
  const auto& moments = plan_.runningStatistics.parameters;
  const auto count = static_cast<size_t>(layer.out);
  float* mean = running_.data() + moments[layer.runningMean].first;
  float* variance = running_.data() + moments[layer.runningMean + 1].first;
  const float* bias = weightOf(layer.bias);
  std::vector<float> ownMean(count), ownVariance(count);
  if (mode_ == Mode::evaluate) {
    for (size_t c = 0; c < count; ++c) ownMean[c] = mean[c] - (bias ? bias[c] : 0.f);
    return gatheredStatistics(terms, ownMean.data(), variance, sums.samples, layer.out, table);
  }
  normStatistics(sums, terms, table, {ownMean, ownVariance}, workspace_);
  for (size_t c = 0; c < count; ++c) {
    mean[c] += kMomentum * (ownMean[c] + (bias ? bias[c] : 0.f) - mean[c]);
    variance[c] += kMomentum * (ownVariance[c] - variance[c]);
  }
}

void Network::run(const Step& step) {
  const Layer none{};
  const Layer& layer = step.layer < 0 ? none : plan_.layers[step.layer];
  const auto read = [&](size_t i) { return volumeOf(step.reads[i]); };
  const auto written = [&] { return volumeOf(step.writes[0]); };
  const auto table = [&] { return memoryOf(step.reads[1].value); };
  const float* weight = weightOf(layer.weight);
  const auto& w = workspace_;
  switch (step.kind) {
    case StepKind::load:
      return loadImage(image_, written(), w);
    case StepKind::convolve:
      return convolveLayer(layer, weight, nullptr, read(0), written(), w);
    case StepKind::head:
      return convolveLayer(layer, weight, weightOf(layer.bias), read(0), written(), w);
    case StepKind::statistics:
      return statistics(step);
    case StepKind::normalise:
      return network::normalise(read(0), table(), step.reads.size() > 2 ? read(2) : Volume{}, step.slope, written(), w);
    case StepKind::upsample:
      return upsampleLayer(layer, weight, weightOf(layer.bias), read(0), written(), w);
    case StepKind::pool:
      return averagePool(read(0), layer.stride, written(), w);
    case StepKind::loss:
      return;
    case StepKind::headGradient:
      convolveLayerWeightGradient(layer, read(0), read(1), gradientOf(layer.weight), w);
      biasGradient(read(1), gradientOf(layer.bias), w);
      return convolveLayerInputGradient(layer, weight, 0, read(1), step.adds, written(), w);
    case StepKind::activationGradient:
      return network::activationGradient(read(0), step.slope, written(), w);
    case StepKind::normaliseGradient:
      return network::normaliseGradient(read(0), table(), read(2), step.slope, plan_.architecture.batchNorm, written(),
                                        gradientOf(layer.normWeight), gradientOf(layer.normBias), w);
    case StepKind::weightGradient:
      return convolveLayerWeightGradient(layer, read(0), read(1), gradientOf(layer.weight), w);
    case StepKind::inputGradient:
      return convolveLayerInputGradient(layer, weight, step.firstInput, read(0), step.adds, written(), w);
    case StepKind::upsampleWeightGradient:
      upsampleLayerWeightGradient(layer, read(0), read(1), gradientOf(layer.weight), w);
      if (layer.bias >= 0) biasGradient(read(1), gradientOf(layer.bias), w);
      return;
    case StepKind::upsampleInputGradient:
      return upsampleLayerInputGradient(layer, weight, read(0), step.adds, written(), w);
    case StepKind::poolGradient:
      return averagePoolGradient(read(0), layer.stride, step.adds, written(), w);
    case StepKind::add:
      return addVolume(read(0), written(), w);
  }
}

}  // namespace nnunet::network
