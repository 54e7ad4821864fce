#include "trainer/training/checkpoint.h"

#include <cmath>

#include "trainer/events.h"
#include "trainer/safetensors.h"

namespace nnunet {
namespace {

void copyWeights(const std::string& file, const SafetensorsFile& stored, UNet& network, bool exceptHeads) {
  torch::NoGradGuard noGrad;
  for (const auto& parameter : network.parameters()) {
    if (exceptHeads && parameter.name.find(".seg_layers.") != std::string::npos) continue;
    const auto found = stored.tensors.find(parameter.name);
    const auto problem = [&](const std::string& what) {
      return CoreError("checkpoint-mismatch", "The checkpoint " + what + " " + parameter.name,
                       "It belongs to other plans or another configuration: use the plans it was trained with.", file);
    };
    if (found == stored.tensors.end()) throw problem("lacks the weight");
    if (found->second.sizes() != parameter.tensor.sizes()) throw problem("has another shape for");
    parameter.tensor.copy_(found->second);
  }
}

}  // namespace

void writeCheckpoint(const std::string& file, const TrainingJob& job, const UNet& network, const Optimizer& optimizer,
                     const History& history, const Progress& progress) {
  std::vector<std::pair<std::string, torch::Tensor>> tensors;
  for (const auto& parameter : network.parameters()) tensors.emplace_back(parameter.name, parameter.tensor);
  for (auto& entry : optimizer.state()) tensors.push_back(std::move(entry));
  const auto& schedule = job.schedule;
  const bool scaled = job.precision == "fp16";
  nlohmann::json state{
      {"format", 1},
      {"epoch", progress.epoch},
      {"history", history.toJson()},
      {"bestEma", history.best() ? nlohmann::json(*history.best()) : nlohmann::json(nullptr)},
      {"learningRate", progress.learningRate},
      {"initialLearningRate", schedule.initialLearningRate},
      {"optimizer", schedule.optimizer.adamw ? "adamw" : "sgd"},
      {"momentum", schedule.optimizer.momentum},
      {"weightDecay", schedule.optimizer.weightDecay},
      {"adamStep", optimizer.adamSteps()},
      {"gradScaler", nullptr},
      {"seed", job.seed},
      // Every sample's stream follows from these.
      {"rng", {{"seed", job.seed}, {"epoch", progress.epoch}, {"iteration", progress.begun.iterations}}},
      {"epochSoFar",
       {{"iterations", progress.begun.iterations},
        {"lossSum", numberOrNull(progress.begun.lossSum)},
        {"seconds", progress.begun.seconds}}},
      {"schedule", job.scheduleJson},
      {"trainedWith", job.trainedWith},
      {"elapsedSeconds", progress.elapsedSeconds}};
  if (scaled)
    state["gradScaler"] = {{"scale", progress.lossScale},
                           {"growth_factor", 2.0},
                           {"backoff_factor", 0.5},
                           {"growth_interval", 2000},
                           {"_growth_tracker", progress.goodSteps}};
  writeSafetensors(file, tensors, {{"nnunet", state.dump()}});
}

Progress readCheckpoint(const std::string& file, UNet& network, Optimizer& optimizer, History& history) {
  const auto stored = readSafetensors(file);
  copyWeights(file, stored, network, /*exceptHeads=*/false);
  const auto text = stored.metadata.find("nnunet");
  const auto state =
      text == stored.metadata.end() ? nlohmann::json() : nlohmann::json::parse(text->second, nullptr, false);
  if (!state.is_object())
    throw CoreError("bad-checkpoint", "The checkpoint holds weights but no training state",
                    "Use it with --pretrained instead of --resume.", file);
  Progress progress;
  try {
    optimizer.load(stored.tensors, state.value("adamStep", int64_t{0}), file);
    history.fromJson(state.at("history"), state.value("bestEma", nlohmann::json()));
    progress.epoch = state.at("epoch");
    progress.elapsedSeconds = state.value("elapsedSeconds", 0.0);
    if (const auto begun = state.find("epochSoFar"); begun != state.end()) {
      progress.begun.iterations = begun->at("iterations");
      const auto& sum = begun->at("lossSum");
      progress.begun.lossSum = sum.is_number() ? sum.get<double>() : std::nan("");
      progress.begun.seconds = begun->at("seconds");
    }
    if (progress.epoch < 0 || progress.begun.iterations < 0)
      throw CoreError("bad-checkpoint", "The checkpoint counts less than no epochs or steps",
                      "Resume from another checkpoint.", file);
    if (const auto scaler = state.find("gradScaler"); scaler != state.end() && scaler->is_object()) {
      progress.lossScale = scaler->value("scale", progress.lossScale);
      progress.goodSteps = scaler->value("_growth_tracker", int64_t{0});
    }
  } catch (const nlohmann::json::exception& error) {
    throw CoreError("bad-checkpoint", std::string("The checkpoint's training state cannot be read: ") + error.what(),
                    "Resume from another checkpoint.", file);
  }
  return progress;
}

void loadWeights(const std::string& file, UNet& network, bool exceptHeads) {
  copyWeights(file, readSafetensors(file), network, exceptHeads);
}

}  // namespace nnunet
