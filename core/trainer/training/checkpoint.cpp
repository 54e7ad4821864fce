#include "trainer/training/checkpoint.h"

#include <cmath>

#include "trainer/events.h"
#include "trainer/safetensors.h"

namespace nnunet {
namespace {

enum class Missing { refused, left };

void copyWeights(const std::string& file, const SafetensorsFile& stored, UNet& network, Missing missing,
                 bool freshHeads = false) {
  torch::NoGradGuard noGrad;
  for (const auto* list : {&network.parameters(), &network.buffers()})
    for (const auto& entry : *list) {
      if (freshHeads && entry.name.find(".seg_layers.") != std::string::npos) continue;
      const auto found = stored.tensors.find(entry.name);
      const auto problem = [&](const std::string& what) {
        return CoreError("checkpoint-mismatch", "The checkpoint " + what + " " + entry.name,
                         "It belongs to other plans or another configuration: use the plans it was trained with.",
                         file);
      };
      if (found == stored.tensors.end() && missing == Missing::left) continue;
      if (found == stored.tensors.end()) throw problem("lacks the weight");
      if (found->second.sizes() != entry.tensor.sizes()) throw problem("has another shape for");
      entry.tensor.copy_(found->second);
    }
}

}  // namespace

void writeCheckpoint(const std::string& file, const TrainingJob& job, const UNet& network, const Optimizer& optimizer,
                     const History& history, const Progress& progress) {
  std::vector<std::pair<std::string, torch::Tensor>> tensors;
  for (const auto* list : {&network.parameters(), &network.buffers()})
    for (const auto& entry : *list) tensors.emplace_back(entry.name, entry.tensor);
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
      {"optimizer", nameOf(schedule.optimizer.kind)},
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
      {"schedule", job.record},
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
  copyWeights(file, stored, network, Missing::refused);
  const auto text = stored.metadata.find("nnunet");
  const auto state =
      text == stored.metadata.end() ? nlohmann::json() : nlohmann::json::parse(text->second, nullptr, false);
  if (!state.is_object())
    throw CoreError("bad-checkpoint", "The checkpoint holds weights but no training state",
                    "Use it with --from instead of --resume.", file);
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

void loadWeights(const std::string& file, UNet& network) {
  copyWeights(file, readSafetensors(file), network, Missing::refused);
}

void startFrom(const std::string& file, UNet& network, bool freshHeads) {
  copyWeights(file, readSafetensors(file), network, Missing::left, freshHeads);
}

}  // namespace nnunet
