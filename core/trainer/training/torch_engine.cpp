#include "trainer/training/torch_engine.h"

#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>

#include <cmath>

#include "trainer/safetensors.h"
#include "trainer/torch_weights.h"
#include "trainer/training/loss.h"
#include "trainer/training/torch_metrics.h"

namespace nnunet {
namespace {

torch::Tensor tensorOf(const void* data, std::vector<int64_t> shape, torch::ScalarType type) {
  return torch::from_blob(const_cast<void*>(data), shape, type);
}

}  // namespace

TorchEngine::TorchEngine(const TrainingJob& job, torch::Device device, std::vector<double> lossWeights, size_t heads)
    : device_(device),
      precision_(choosePrecision(job.precision, Use::training, device)),
      network_((torch::manual_seed(job.seed), job.network)),
      optimizer_(network_.parameters(), job.schedule.optimizer),
      loss_(job.loss),
      lossWeights_(std::move(lossWeights)),
      heads_(heads) {
  network_.to(device_);
}

torch::Tensor TorchEngine::dataOf(const data::Batch& batch) const {
  std::vector<int64_t> shape{batch.batchSize, batch.channels};
  shape.insert(shape.end(), batch.patch.begin(), batch.patch.end());
  return tensorOf(batch.data.data(), shape, torch::kFloat).to(device_);
}

std::vector<torch::Tensor> TorchEngine::targetsOf(const data::Batch& batch) const {
  std::vector<torch::Tensor> targets;
  for (size_t i = 0; i < heads_; ++i) {
    std::vector<int64_t> shape{batch.batchSize, batch.targetChannels};
    shape.insert(shape.end(), batch.targetShapes[i].begin(), batch.targetShapes[i].end());
    targets.push_back(tensorOf(batch.targets[i].data(), shape, torch::kShort).to(device_));
  }
  return targets;
}

Engine::Step TorchEngine::train(const data::Batch& batch, double learningRate) {
  optimizer_.clearGradients();
  torch::Tensor loss;
  {
    const AutocastScope autocast(precision_, device_);
    const auto outputs = network_.forward(dataOf(batch), heads_, Mode::training);
    loss = deepSupervisionLoss(outputs, targetsOf(batch), lossWeights_, loss_);
  }
  const bool scaled = precision_ == Precision::fp16;
  const double scale = scaled ? lossScale_.scale : 1.0;
  (scaled ? loss * scale : loss).backward();
  const double norm = optimizer_.step(learningRate, scale);
  if (scaled) {  // torch's GradScaler: halve on overflow, double after 2000 good steps
    if (!std::isfinite(norm))
      lossScale_ = {lossScale_.scale * 0.5, 0};
    else if (++lossScale_.goodSteps == 2000)
      lossScale_ = {lossScale_.scale * 2, 0};
  }
  const auto value = loss.item<double>();
  return {value, std::isfinite(value) && (std::isfinite(norm) || scale > 1)};
}

Engine::Evaluation TorchEngine::evaluate(const data::Batch& batch) {
  torch::NoGradGuard noGrad;
  std::vector<torch::Tensor> outputs;
  {
    const AutocastScope autocast(precision_, device_);
    outputs = network_.forward(dataOf(batch), heads_);
  }
  const auto targets = targetsOf(batch);
  return {deepSupervisionLoss(outputs, targets, lossWeights_, loss_).item<double>(),
          countOverlap(outputs[0], targets[0], loss_)};
}

std::string TorchEngine::description() const {
  return device_.str() + ", " + nameOf(precision_) + ", LibTorch, " + std::to_string(at::get_num_threads()) +
         " threads";
}

void TorchEngine::withState(const std::function<void(const std::vector<ArrayView>&)>& body) const {
  std::vector<std::pair<std::string, torch::Tensor>> tensors;
  for (const auto* list : {&network_.parameters(), &network_.buffers()})
    for (const auto& entry : *list) tensors.emplace_back(entry.name, entry.tensor);
  for (auto& entry : optimizer_.state()) tensors.push_back(std::move(entry));
  withArrays(tensors, body);
}

void TorchEngine::restore(const ArrayFile& stored, int64_t adamSteps, const LossScale& scale, const std::string& file) {
  const auto tensors = tensorsOf(stored);
  copyWeights(tensors, network_, Missing::refused, false, file);
  optimizer_.load(tensors, adamSteps, file);
  lossScale_ = scale;
}

void TorchEngine::startFrom(const ArrayFile& stored, bool freshHeads, const std::string& file) {
  copyWeights(tensorsOf(stored), network_, Missing::left, freshHeads, file);
}

std::unique_ptr<Engine> makeTorchEngine(const TrainingJob& job, const std::vector<double>& lossWeights, size_t heads) {
  return std::make_unique<TorchEngine>(job, chooseDevice(job.device), lossWeights, heads);
}

}  // namespace nnunet
