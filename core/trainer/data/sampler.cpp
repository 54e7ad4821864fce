#include "trainer/data/sampler.h"

#include <algorithm>

#include "trainer/data/box.h"
#include "trainer/data/crop.h"
#include "trainer/events.h"

namespace nnunet::data {
namespace {

CoreError bad(const std::string& problem) {
  return {"bad-job", "The training job " + problem,
          "The job file and the core belong to different versions: set the engine up again."};
}

Shape extents(const std::vector<int64_t>& shape, int dims, const std::string& name) {
  if (static_cast<int>(shape.size()) != dims) throw bad("has " + std::to_string(shape.size()) + " entries in " + name);
  Shape result{1, 1, 1};
  for (int i = 0; i < dims; ++i) {
    if (shape[i] < 1) throw bad("has a " + name + " below 1");
    result[i + 3 - dims] = shape[i];
  }
  return result;
}

augment::PipelineSettings pipelineSettings(const LoaderSettings& settings) {
  if (settings.dims != 2 && settings.dims != 3) throw bad("has dims other than 2 and 3");
  augment::PipelineSettings result;
  result.dims = settings.dims;
  result.patch = extents(settings.patchSize, settings.dims, "patchSize");
  result.augment = settings.augment;
  result.augmentation = settings.augmentation;
  result.augmentation.dummy2d = settings.augmentation.dummy2d && settings.dims == 3;
  for (const int axis : settings.augmentation.mirrorAxes)
    if (axis < 0 || axis >= settings.dims) throw bad("mirrors an axis that the patch does not have");
  result.maskChannels = settings.maskChannels;
  if (!settings.previousStageFolder.empty()) result.cascadeLabels = settings.foregroundLabels;
  result.regions = settings.regions;
  if (!settings.regions.empty() && settings.hasIgnoreLabel) result.regions.push_back({settings.ignoreLabel});
  for (const auto& shape : settings.targetShapes)
    result.targetShapes.push_back(extents(shape, settings.dims, "targetShapes"));
  if (result.targetShapes.empty()) throw bad("has no targetShapes");
  return result;
}

}  // namespace

Sampler::Sampler(const LoaderSettings& settings)
    : settings_(settings),
      pipeline_(pipelineSettings(settings)),
      store_(settings.folder, settings.previousStageFolder, static_cast<int>(settings.locationRequests.size())) {
  if (settings.cases.empty()) throw bad("has no cases");
  if (settings.batchSize < 1) throw bad("has a batchSize below 1");
  loaded_ = pipeline_.settings().patch;
  if (settings.augment) loaded_ = extents(settings.initialPatchSize, settings.dims, "initialPatchSize");
  if (pipeline_.settings().augmentation.dummy2d && settings.augment && loaded_[0] != pipeline_.settings().patch[0])
    throw bad("has dummy2d, but another initialPatchSize than patchSize along axis 0");
  if (settings.hasIgnoreLabel)
    for (size_t i = 0; i < settings.locationRequests.size(); ++i)
      if (std::ranges::count(settings.locationRequests[i], -1)) annotatedRequest_ = static_cast<int>(i);

  imageChannels_ = static_cast<int>(store_.open(settings.cases.front())->channels);
  channels_ = imageChannels_ + static_cast<int>(pipeline_.settings().cascadeLabels.size());
}

void Sampler::prepare(Batch& batch, int epoch, int iteration) const {
  const auto& patch = pipeline_.settings().patch;
  const int64_t samples = settings_.batchSize;
  batch.epoch = epoch;
  batch.iteration = iteration;
  batch.batchSize = settings_.batchSize;
  batch.channels = channels_;
  batch.patch = settings_.patchSize;
  batch.data.resize(samples * channels_ * augment::voxels(patch));
  batch.targetChannels = static_cast<int>(pipeline_.targetChannels());
  batch.targetShapes = settings_.targetShapes;
  batch.targets.resize(settings_.targetShapes.size());
  for (size_t i = 0; i < batch.targets.size(); ++i)
    batch.targets[i].resize(samples * batch.targetChannels * augment::voxels(pipeline_.settings().targetShapes[i]));
  batch.cases.assign(samples, "");
}

void Sampler::make(Batch& batch, int index, augment::Workspace& workspace) const {
  Random random{settings_.seed, static_cast<uint64_t>(batch.epoch), static_cast<uint64_t>(batch.iteration),
                static_cast<uint64_t>(index)};
  const auto& id = settings_.cases[random.below(static_cast<int64_t>(settings_.cases.size()))];
  const auto from = store_.open(id);
  if (from->channels != imageChannels_)
    throw CoreError("data-file-invalid",
                    "The file has " + std::to_string(from->channels) + " channels, the first case has " +
                        std::to_string(imageChannels_),
                    "Preprocess the dataset again.", from->image.path());
  const bool forced = settings_.probabilisticOversampling
                          ? random.chance(settings_.oversampleForeground)
                          : index >= firstForcedSample(settings_.batchSize, settings_.oversampleForeground);
  const Shape patch = pipeline_.settings().patch;
  Shape start = drawStart(random, from->shape, loaded_, patch, drawVoxel(random, *from, forced, annotatedRequest_));

  const int64_t voxels = augment::voxels(patch), segmentationChannels = from->previousStage ? 2 : 1;
  // Where the first target is the labels as they are, augmentation works on it directly.
  const bool direct =
      pipeline_.settings().regions.empty() && !from->previousStage && pipeline_.settings().targetShapes[0] == patch;
  if (!direct) workspace.segmentation.resize(segmentationChannels * voxels);
  int16_t* const labels = direct ? batch.targets[0].data() + index * voxels : workspace.segmentation.data();
  augment::Sample sample;
  sample.dims = settings_.dims;
  sample.image = {batch.data.data() + index * channels_ * voxels, imageChannels_, patch};
  sample.segmentation = {labels, segmentationChannels, patch};

  const auto spatial = pipeline_.drawSpatial(random);
  const auto load = [&](const augment::Sample& target) {
    cropBox<float>(from->image, from->shape, start, target.image, 0.0f);
    auto channel = target.segmentation;
    channel.channels = 1;
    cropBox<int16_t>(from->segmentation, from->shape, start, channel, int16_t{-1});
    if (!from->previousStage) return;
    channel.data = target.segmentation.channel(1);
    cropBox<int16_t>(*from->previousStage, from->shape, start, channel, int16_t{-1});
  };
  bool contains = true;
  for (int axis = 0; axis < 3; ++axis) contains &= loaded_[axis] >= patch[axis];
  if (!spatial.interpolates && contains) {
    // Only the centre of the box is needed: take that from the case and nothing else.
    for (int axis = 0; axis < 3; ++axis) start[axis] += loaded_[axis] / 2 - patch[axis] / 2;
    load(sample);
  } else {
    augment::Sample whole;
    whole.dims = settings_.dims;
    workspace.image.resize(imageChannels_ * augment::voxels(loaded_));
    workspace.loaded.resize(segmentationChannels * augment::voxels(loaded_));
    whole.image = {workspace.image.data(), imageChannels_, loaded_};
    whole.segmentation = {workspace.loaded.data(), segmentationChannels, loaded_};
    load(whole);
    pipeline_.transformSpatially(whole, spatial, sample, workspace);
  }
  from->requireWhole();
  pipeline_.transform(sample, random, workspace);

  std::vector<int16_t*> targets;
  for (size_t i = 0; i < batch.targets.size(); ++i)
    targets.push_back(batch.targets[i].data() +
                      index * batch.targetChannels * augment::voxels(pipeline_.settings().targetShapes[i]));
  pipeline_.makeTargets(sample, targets, workspace);
  batch.cases[index] = id;
}

}  // namespace nnunet::data
