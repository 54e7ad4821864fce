#include "trainer/training/checkpoint.h"

#include <cmath>

#include "trainer/arrays.h"
#include "trainer/events.h"

namespace nnunet {
void writeCheckpoint(const std::string& file, const TrainingJob& job, const Engine& engine, const History& history,
                     const Progress& progress) {
  const auto& schedule = job.schedule;
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
      {"adamStep", engine.adamSteps()},
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
  if (const auto [scale, goodSteps] = engine.lossScale(); engine.precision() == "fp16")
    state["gradScaler"] = {{"scale", scale},
                           {"growth_factor", 2.0},
                           {"backoff_factor", 0.5},
                           {"growth_interval", 2000},
                           {"_growth_tracker", goodSteps}};
  engine.withState(
      [&](const std::vector<ArrayView>& arrays) { writeArrays(file, arrays, {{"nnunet", state.dump()}}); });
}

Progress readCheckpoint(const std::string& file, Engine& engine, History& history) {
  const auto stored = readArrays(file);
  const auto text = stored.metadata.find("nnunet");
  const auto state =
      text == stored.metadata.end() ? nlohmann::json() : nlohmann::json::parse(text->second, nullptr, false);
  if (!state.is_object())
    throw CoreError("bad-checkpoint", "The checkpoint holds weights but no training state",
                    "Use it with --from instead of --resume.", file);
  Progress progress;
  try {
    LossScale scale;
    if (const auto scaler = state.find("gradScaler"); scaler != state.end() && scaler->is_object())
      scale = {scaler->value("scale", scale.scale), scaler->value("_growth_tracker", int64_t{0})};
    engine.restore(stored, state.value("adamStep", int64_t{0}), scale, file);
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
  } catch (const nlohmann::json::exception& error) {
    throw CoreError("bad-checkpoint", std::string("The checkpoint's training state cannot be read: ") + error.what(),
                    "Resume from another checkpoint.", file);
  }
  return progress;
}

}  // namespace nnunet
