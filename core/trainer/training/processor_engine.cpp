#include "trainer/training/processor_engine.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <thread>

#include "trainer/network/instruction_set.h"
#include "trainer/processor_weights.h"

namespace nnunet {
namespace {

constexpr const char* kMean = ".running_mean";

network::PlanRequest requestOf(const TrainingJob& job, size_t heads) {
  return {job.trainingData.batchSize, job.trainingData.patchSize, heads, true};
}

ArrayView viewOf(const std::string& prefix, const network::Parameter& parameter, std::span<const float> numbers) {
  return {prefix + parameter.name, "F32", parameter.shape,
          std::as_bytes(numbers.subspan(parameter.first, parameter.count))};
}

/** The normalisation that a name of its statistics belongs to. */
std::string counterOf(const std::string& meanName) {
  return meanName.substr(0, meanName.size() - std::strlen(kMean)) + ".num_batches_tracked";
}

int threadsFor(int asked) {
  return asked > 0 ? asked : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

std::vector<const int16_t*> targetsOf(const data::Batch& batch, size_t heads) {
  std::vector<const int16_t*> targets;
  for (size_t i = 0; i < heads; ++i) targets.push_back(batch.targets[i].data());
  return targets;
}

}  // namespace

ProcessorEngine::ProcessorEngine(const TrainingJob& job, std::vector<double> lossWeights, size_t heads)
    : pool_(threadsFor(job.threads)),
      network_(job.network, requestOf(job, heads), network::kernelsFor(instructionSet()), pool_),
      optimizer_(network_.plan().parameters, network_.plan().trained, job.schedule.optimizer),
      loss_(job.loss),
      lossWeights_(std::move(lossWeights)),
      batches_(network_.plan().runningStatistics.parameters.size() / 2, 0) {
  network::drawWeights(network_.plan().parameters, static_cast<uint32_t>(job.seed ^ (job.seed >> 32)),
                       network_.weights());
}

double ProcessorEngine::loss(const data::Batch& batch) {
  try {
    return network_.loss(targetsOf(batch, network_.plan().scores.size()), lossWeights_, loss_);
  } catch (const network::UnknownLabel& unknown) {
    throw CoreError("bad-label",
                    "A label of the training data is " + std::to_string(unknown.label) +
                        ", but the network knows 0 to " +
                        std::to_string(network_.plan().architecture.outputChannels - 1),
                    "Check the dataset and preprocess it again.");
  }
}

Engine::Step ProcessorEngine::train(const data::Batch& batch, double learningRate) {
  network_.forward(batch.data.data(), network::Network::Mode::train);
  for (int64_t& seen : batches_) ++seen;
  const double value = loss(batch);
  network_.backward();
  const double norm = optimizer_.step(network_.weights(), network_.gradients(), learningRate, pool_);
  return {value, std::isfinite(value) && std::isfinite(norm)};
}

Engine::Evaluation ProcessorEngine::evaluate(const data::Batch& batch) {
  network_.forward(batch.data.data(), network::Network::Mode::evaluate);
  const auto scores = network_.scores(0);
  const int64_t samples = batch.batchSize, classes = network_.plan().architecture.outputChannels;
  const int64_t voxels = static_cast<int64_t>(scores.size()) / (samples * classes);
  Evaluation result;
  result.counts = countOverlap({scores.data(), batch.targets[0].data(), samples, classes, voxels}, loss_);
  result.loss = loss(batch);
  return result;
}

std::string ProcessorEngine::description() const {
  return "cpu, fp32, " + std::to_string(pool_.threads()) + " threads";
}

void ProcessorEngine::withState(const std::function<void(const std::vector<ArrayView>&)>& body) const {
  std::vector<ArrayView> arrays;
  const auto& plan = network_.plan();
  for (const auto& parameter : plan.parameters.parameters) arrays.push_back(viewOf("", parameter, network_.weights()));
  size_t norm = 0;
  for (const auto& parameter : plan.runningStatistics.parameters) {
    arrays.push_back(viewOf("", parameter, network_.runningStatistics()));
    if (!parameter.name.ends_with(kMean)) continue;
    arrays.push_back({counterOf(parameter.name), "I64", {}, std::as_bytes(std::span(&batches_[norm++], 1))});
  }
  for (size_t i = 0; i < plan.parameters.parameters.size(); ++i)
    for (const auto& buffer : optimizer_.buffers())
      if (plan.trained[i])
        arrays.push_back(viewOf("optimizer." + buffer.name + ".", plan.parameters.parameters[i], buffer.numbers));
  body(arrays);
}

void ProcessorEngine::restore(const ArrayFile& stored, int64_t adamSteps, const LossScale&, const std::string& file) {
  copyWeights(stored, network_, Missing::refused, {}, file);
  size_t norm = 0;
  for (const auto& parameter : network_.plan().runningStatistics.parameters) {
    if (!parameter.name.ends_with(kMean)) continue;
    const auto found = stored.arrays.find(counterOf(parameter.name));
    if (found == stored.arrays.end()) throw weightMismatch(file, "lacks the weight", counterOf(parameter.name));
    if (found->second.bytes.size() != sizeof(int64_t))
      throw weightMismatch(file, "has another type for", counterOf(parameter.name));
    std::memcpy(&batches_[norm++], found->second.bytes.data(), sizeof(int64_t));
  }
  const auto& table = network_.plan().parameters;
  for (auto& buffer : optimizer_.buffers())
    for (const auto& parameter : table.parameters) {
      const auto found = stored.arrays.find("optimizer." + buffer.name + "." + parameter.name);
      if (found == stored.arrays.end()) continue;  // starts from zero, as in torch
      const auto problem = [&](const std::string& what) {
        return CoreError("checkpoint-mismatch",
                         "The optimizer's state in the checkpoint has another " + what + " than " + parameter.name,
                         "Use its weights only: start a new training with --from.", file);
      };
      if (found->second.shape != parameter.shape) throw problem("shape");
      if (found->second.type != "F32") throw problem("type");
      std::ranges::copy(found->second.floats(), buffer.numbers.begin() + parameter.first);
    }
  optimizer_.adamSteps = adamSteps;
}

void ProcessorEngine::startFrom(const ArrayFile& stored, bool freshHeads, const std::string& file) {
  copyWeights(
      stored, network_, Missing::left,
      [&](const std::string& name) { return freshHeads && name.find(".seg_layers.") != std::string::npos; }, file);
}

}  // namespace nnunet
