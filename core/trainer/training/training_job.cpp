#include "trainer/training/training_job.h"

#include "trainer/augment/strong.h"
#include "trainer/fields.h"

namespace nnunet {
namespace {

using Axes = std::vector<int64_t>;

/** Shapes of the outputs, highest resolution first: n / cumulative stride, rounded half to even as Python does. */
std::vector<Axes> targetShapes(const Axes& patch, const std::vector<Axes>& strides) {
  std::vector<Axes> shapes;
  std::vector<double> scale(patch.size(), 1.0);
  for (size_t stage = 0; stage + 1 < strides.size(); ++stage) {
    Axes shape;
    for (size_t axis = 0; axis < patch.size(); ++axis) {
      scale[axis] /= static_cast<double>(strides[stage][axis]);
      shape.push_back(static_cast<int64_t>(std::nearbyint(static_cast<double>(patch[axis]) * scale[axis])));
    }
    shapes.push_back(shape);
  }
  return shapes;
}

Schedule readSchedule(const nlohmann::json& json) {
  Fields fields(json, "the job's schedule");
  Schedule schedule;
  schedule.optimizer.kind = optimizerKind(fields.get<std::string>("optimizer"));
  schedule.initialLearningRate = fields.get<double>("initialLearningRate");
  schedule.optimizer.weightDecay = fields.get<double>("weightDecay");
  schedule.optimizer.momentum = fields.get("momentum", 0.99);
  schedule.cosine = fields.get<std::string>("policy", "poly") == "cosine";
  schedule.warmupEpochs = fields.get<int64_t>("warmupEpochs", 0);
  if (const auto epochs = fields.get<int64_t>("epochs", -1); epochs >= 0) schedule.epochs = epochs;
  if (const auto budget = fields.get<double>("budgetSeconds", -1.0); budget >= 0) schedule.budgetSeconds = budget;
  if (schedule.epochs.has_value() == schedule.budgetSeconds.has_value())
    throw CoreError("bad-job", "The schedule needs either epochs or budgetSeconds", "Give one of them.");
  schedule.iterationsPerEpoch = fields.get<int64_t>("iterationsPerEpoch");
  schedule.validationIterationsPerEpoch = fields.get<int64_t>("validationIterationsPerEpoch");
  fields.finish();
  return schedule;
}

}  // namespace

TrainingJob readTrainingJob(const nlohmann::json& json) {
  Fields fields(json, "the job");
  TrainingJob job;
  fields.ignore("command");
  job.folder = fields.get<std::string>("folder");
  job.device = fields.get<std::string>("device", "auto");
  job.precision = fields.get<std::string>("precision", "auto");
  job.threads = fields.get("threads", 0);
  job.seed = fields.get<uint64_t>("seed", 0);
  job.network = readArchitecture(fields.at("network"));
  job.schedule = readSchedule(fields.at("schedule"));
  job.record = fields.get("record", fields.at("schedule"));
  job.trainedWith = fields.get("trainedWith", nlohmann::json(nullptr));
  job.checkpointIntervalSeconds = fields.get("checkpointIntervalSeconds", 30.0);
  job.resume = fields.get<std::string>("resume", "");
  job.pretrained = fields.get<std::string>("pretrained", "");
  job.freshHeads = fields.get("freshHeads", true);

  auto& data = job.trainingData;
  data.folder = fields.get<std::string>("dataFolder");
  data.previousStageFolder = fields.get<std::string>("previousStageFolder", "");
  data.cases = fields.get<std::vector<std::string>>("trainCases");
  data.dims = fields.get<int>("dims");
  data.patchSize = fields.get<Axes>("patchSize");
  data.batchSize = fields.get<int>("batchSize");
  data.oversampleForeground = fields.get("oversampleForeground", 0.33);
  data.probabilisticOversampling = fields.get("probabilisticOversampling", false);
  data.maskChannels = fields.get<std::vector<bool>>("maskChannels");
  data.targetShapes = targetShapes(data.patchSize, job.network.strides);
  data.seed = job.seed;
  data.threads = fields.get("dataThreads", 1);
  data.prefetch = 2;
  job.deepSupervision = fields.get("deepSupervision", true);
  if (!job.deepSupervision) data.targetShapes.resize(1);
  job.loss = lossSettings(fields.get<std::string>("loss", "dice-ce"));
  job.loss.batchDice = fields.get<bool>("batchDice");

  Fields labels(fields.at("labels"), "the job's labels");
  data.foregroundLabels = labels.get<std::vector<int>>("foreground");
  data.regions = labels.get<std::vector<std::vector<int>>>("regions", {});
  data.ignoreLabel = labels.get("ignore", -1);
  data.hasIgnoreLabel = data.ignoreLabel >= 0;
  data.locationRequests = labels.get<std::vector<std::vector<int>>>("locationRequests");
  labels.finish();
  job.loss.regions = !data.regions.empty();
  if (job.loss.regions && (job.loss.hardestShare || !job.loss.hasDice()))
    throw CoreError("bad-job", "This loss compares labels, and the dataset has regions", "Choose a loss with Dice.");
  if (data.hasIgnoreLabel) job.loss.ignoreLabel = data.ignoreLabel;

  Fields augmentation(fields.at("augmentation"), "the job's augmentation");
  data.augmentation.rotationDegrees = augmentation.get<double>("rotationDegrees");
  data.augmentation.dummy2d = augmentation.get<bool>("dummy2d");
  data.augmentation.mirrorAxes = augmentation.get<std::vector<int>>("mirrorAxes");
  data.augmentation.elastic = augmentation.get("elastic", false);
  data.augmentation.nearestLabels = augmentation.get("nearestLabels", false);
  if (augmentation.get("strong", false)) data.augmentation = augment::strongSettings(data.augmentation);
  data.initialPatchSize = augmentation.get<Axes>("initialPatchSize");
  data.augment = augmentation.get("enabled", true);
  augmentation.finish();
  if (!data.augment) data.initialPatchSize = data.patchSize;

  data.iterationsPerEpoch = static_cast<int>(job.schedule.iterationsPerEpoch);
  job.validationData = data;
  job.validationData.iterationsPerEpoch = static_cast<int>(job.schedule.validationIterationsPerEpoch);
  job.validationData.cases = fields.get<std::vector<std::string>>("valCases");
  if (job.validationData.cases.empty()) job.validationData.cases = data.cases;
  job.validationData.initialPatchSize = data.patchSize;
  job.validationData.augment = false;
  job.validationData.seed = job.seed ^ 0x76616c6964617465ull;  // another stream than training's
  fields.finish();
  return job;
}

}  // namespace nnunet
