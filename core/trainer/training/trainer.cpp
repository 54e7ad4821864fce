#include "trainer/training/trainer.h"

#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>

#include <chrono>
#include <cmath>
#include <filesystem>

#include "trainer/events.h"
#include "trainer/training/learning_rate.h"

namespace nnunet {
namespace {

double secondsNow() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
double wallClock() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

torch::Tensor tensorOf(const void* data, std::vector<int64_t> shape, torch::ScalarType type) {
  return torch::from_blob(const_cast<void*>(data), shape, type);
}

}  // namespace

Trainer::Trainer(TrainingJob job, std::unique_ptr<Control> control)
    : job_(std::move(job)),
      device_(chooseDevice(job_.device)),
      precision_(choosePrecision(job_.precision, Use::training, device_)),
      network_((torch::manual_seed(job_.seed), job_.network)),
      optimizer_(network_.parameters(), job_.schedule.optimizer),
      lossWeights_(deepSupervisionWeights(job_.deepSupervision ? network_.outputs() : 1)),
      heads_(
          static_cast<size_t>(std::count_if(lossWeights_.begin(), lossWeights_.end(), [](double w) { return w > 0; }))),
      control_(control ? std::move(control) : std::make_unique<Control>(job_.folder)),
      // No epoch passes without a number, however short.
      nonFinite_(std::min<int64_t>(10, job_.schedule.iterationsPerEpoch)) {
  job_.precision = nameOf(precision_);
  network_.to(device_);
  restore();
}

void Trainer::restore() {
  if (!job_.resume.empty())
    progress_ = readCheckpoint(job_.resume, network_, optimizer_, history_);
  else if (!job_.pretrained.empty())
    startFrom(job_.pretrained, network_, job_.freshHeads);
  elapsedBefore_ = progress_.elapsedSeconds;
}

double Trainer::elapsed() const {
  return elapsedBefore_ + (secondsNow() - startedAt_);
}

double Trainer::secondsInEpoch() const {
  return epochSecondsBefore_ + (secondsNow() - epochStartedAt_);
}

double Trainer::learningRateNow() const {
  const auto& budget = job_.schedule.budgetSeconds;
  return learningRate(job_.schedule, progress_.epoch, budget ? std::min(1.0, elapsed() / *budget) : 0);
}

int64_t Trainer::expectedEpochs() const {
  if (job_.schedule.epochs) return *job_.schedule.epochs;
  const double perEpoch = elapsed() / static_cast<double>(std::max<int64_t>(1, progress_.epoch));
  return std::max(progress_.epoch, static_cast<int64_t>(std::ceil(*job_.schedule.budgetSeconds / perEpoch - 0.05)));
}

bool Trainer::lengthReached() const {
  if (job_.schedule.budgetSeconds) return elapsed() >= *job_.schedule.budgetSeconds;
  return progress_.epoch >= *job_.schedule.epochs;
}

bool Trainer::hasMore() const {
  // When the time is up, the epoch that it ran out in is still validated.
  return !lengthReached() || (job_.schedule.budgetSeconds && progress_.begun.iterations > 0);
}

torch::Tensor Trainer::dataOf(const data::Batch& batch) const {
  std::vector<int64_t> shape{batch.batchSize, batch.channels};
  shape.insert(shape.end(), batch.patch.begin(), batch.patch.end());
  return tensorOf(batch.data.data(), shape, torch::kFloat).to(device_);
}

std::vector<torch::Tensor> Trainer::targetsOf(const data::Batch& batch) const {
  std::vector<torch::Tensor> targets;
  for (size_t i = 0; i < heads_; ++i) {
    const auto& values = batch.targets[i];
    const auto& spatial = job_.trainingData.targetShapes[i];
    int64_t voxels = batch.batchSize;
    for (const int64_t size : spatial) voxels *= size;
    std::vector<int64_t> shape{batch.batchSize, static_cast<int64_t>(values.size()) / voxels};
    shape.insert(shape.end(), spatial.begin(), spatial.end());
    targets.push_back(tensorOf(values.data(), shape, torch::kShort).to(device_));
  }
  return targets;
}

double Trainer::trainIteration(const data::Batch& batch) {
  optimizer_.clearGradients();
  torch::Tensor loss;
  {
    const AutocastScope autocast(precision_, device_);
    const auto outputs = network_.forward(dataOf(batch), heads_, Mode::training);
    loss = deepSupervisionLoss(outputs, targetsOf(batch), lossWeights_, job_.loss);
  }
  const bool scaled = precision_ == Precision::fp16;
  const double scale = scaled ? progress_.lossScale : 1.0;
  (scaled ? loss * scale : loss).backward();
  const double norm = optimizer_.step(learningRateNow(), scale);
  if (scaled) {  // torch's GradScaler: halve on overflow, double after 2000 good steps
    if (!std::isfinite(norm))
      progress_.lossScale *= 0.5, progress_.goodSteps = 0;
    else if (++progress_.goodSteps == 2000)
      progress_.lossScale *= 2, progress_.goodSteps = 0;
  }
  const auto value = loss.item<double>();
  // A gradient that overflows under its scale is what the scale is there to find out.
  nonFinite_.note(std::isfinite(value) && (std::isfinite(norm) || scale > 1), batch);
  return value;
}

bool Trainer::trainEpoch(data::BatchLoader& loader) {
  auto& begun = progress_.begun;
  double announced = 0;
  const int64_t iterations = job_.schedule.iterationsPerEpoch;
  while (begun.iterations < iterations) {
    if (control_->stopRequested()) return false;
    if (job_.schedule.budgetSeconds && begun.iterations > 0 && lengthReached()) break;
    const int64_t iteration = begun.iterations;
    auto batch = loader.next(static_cast<int>(progress_.epoch), static_cast<int>(iteration));
    const double loss = trainIteration(*batch);
    loader.recycle(std::move(batch));
    begun.lossSum += loss;
    ++begun.iterations;
    if (secondsNow() - announced >= 0.5) {
      announced = secondsNow();
      emit({{"type", "iteration"},
            {"epoch", progress_.epoch},
            {"iteration", iteration},
            {"iterations", iterations},
            {"loss", numberOrNull(loss)}});
    }
    if (control_->takeCheckpointRequest() || saveIsDue()) save("latest");
  }
  return true;
}

std::optional<Trainer::Validation> Trainer::validateEpoch(data::BatchLoader& loader) {
  torch::NoGradGuard noGrad;
  Validation result;
  const int64_t iterations = job_.schedule.validationIterationsPerEpoch;
  for (int64_t iteration = 0; iteration < iterations; ++iteration) {
    if (control_->stopRequested()) return std::nullopt;
    auto batch = loader.next(static_cast<int>(progress_.epoch), static_cast<int>(iteration));
    std::vector<torch::Tensor> outputs;
    {
      const AutocastScope autocast(precision_, device_);
      outputs = network_.forward(dataOf(*batch), heads_);
    }
    const auto targets = targetsOf(*batch);
    result.loss += deepSupervisionLoss(outputs, targets, lossWeights_, job_.loss).item<double>();
    result.counts.add(countOverlap(outputs[0], targets[0], job_.loss));
    loader.recycle(std::move(batch));
    if (control_->takeCheckpointRequest()) save("latest");
  }
  result.loss /= static_cast<double>(std::max<int64_t>(1, iterations));
  return result;
}

void Trainer::save(const std::string& kind) {
  const double start = secondsNow();
  progress_.elapsedSeconds = elapsed();
  progress_.learningRate = learningRateNow();
  progress_.begun.seconds = progress_.begun.iterations > 0 ? secondsInEpoch() : 0;
  try {
    writeCheckpoint(job_.folder + "/checkpoint_" + kind + ".safetensors", job_, network_, optimizer_, history_,
                    progress_);
  } catch (CoreError& error) {
    error.hint += " What was saved before is whole: continue with --resume.";
    throw;
  }
  emit({{"type", "checkpoint"}, {"kind", kind}, {"epoch", progress_.epoch}});
  savedAt_ = secondsNow();
  savingSeconds_ = savedAt_ - start;
}

bool Trainer::saveIsDue() const {
  // A slow disk must not take more than a fiftieth of the time.
  return secondsNow() - savedAt_ > std::max(job_.checkpointIntervalSeconds, 50 * savingSeconds_);
}

void Trainer::finishEpoch(const Validation& validation) {
  const auto dice = validation.counts.dice();
  const auto& begun = progress_.begun;
  const double trainLoss = begun.lossSum / static_cast<double>(begun.iterations);
  const double samples = static_cast<double>(begun.iterations * job_.trainingData.batchSize);
  const double seconds = secondsInEpoch(), learningRate = learningRateNow(), now = wallClock();
  const int64_t epoch = progress_.epoch;
  history_.add({trainLoss, validation.loss, learningRate, now - seconds, now, dice});
  ++progress_.epoch;
  progress_.begun = {};
  auto perClass = nlohmann::ordered_json::array();
  for (const double value : dice) perClass.push_back(numberOrNull(value));
  emit({{"type", "epoch"},
        {"epoch", epoch},
        {"epochs", expectedEpochs()},
        {"trainLoss", numberOrNull(trainLoss)},
        {"valLoss", numberOrNull(validation.loss)},
        {"dice", perClass},
        {"meanDice", numberOrNull(history_.meanDice())},
        {"emaDice", numberOrNull(history_.emaDice())},
        {"learningRate", learningRate},
        {"seconds", seconds},
        {"samplesPerSecond", samples / seconds}});
  if (history_.updateBest()) save("best");
}

bool Trainer::runEpoch(data::BatchLoader& trainingLoader, data::BatchLoader& validationLoader) {
  epochStartedAt_ = secondsNow();
  epochSecondsBefore_ = progress_.begun.seconds;
  if (!trainEpoch(trainingLoader)) return false;
  const auto validation = validateEpoch(validationLoader);
  if (!validation) return false;
  finishEpoch(*validation);
  return true;
}

bool Trainer::run() {
  startedAt_ = savedAt_ = secondsNow();
  data::BatchLoader trainingLoader(job_.trainingData), validationLoader(job_.validationData);
  emitStage("train", "started", progress_.epoch, job_.schedule.epochs.value_or(-1),
            device_.str() + ", " + nameOf(precision_) + ", " + std::to_string(at::get_num_threads()) + " threads");
  while (hasMore() && runEpoch(trainingLoader, validationLoader))
    if (hasMore() && saveIsDue()) save("latest");
  save("final");
  // What stays behind is only a checkpoint too many; the final one holds more.
  std::error_code ignored;
  std::filesystem::remove(job_.folder + "/checkpoint_latest.safetensors", ignored);
  emitStage("train", "done", progress_.epoch, job_.schedule.epochs.value_or(progress_.epoch));
  return !hasMore();
}

}  // namespace nnunet
