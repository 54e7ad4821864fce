#include "trainer/prediction/predict.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <chrono>
#include <fstream>

#include "trainer/data/npy.h"
#include "trainer/events.h"
#include "trainer/memory.h"
#include "trainer/prediction/npy_writer.h"
#include "trainer/prediction/prediction_job.h"
#include "trainer/prediction/sliding_window.h"
#include "trainer/training/checkpoint.h"

namespace nnunet {
namespace {

double secondsNow() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

nlohmann::json readProperties(const std::string& file) {
  std::ifstream stream(file);
  auto properties = nlohmann::json::parse(stream, nullptr, /*allow_exceptions=*/false);
  if (!properties.is_object())
    throw CoreError("bad-case", "The case's properties cannot be read", "Preprocess the dataset again.", file);
  return properties;
}

/** The image, with the previous stage's labels as one channel each behind it. */
torch::Tensor readVolume(const PredictionCase& entry, const PredictionJob& job) {
  const auto image = data::NpyFile::open(entry.data);
  if (image.shape().size() != 4)
    throw CoreError("bad-case", "The case does not have four axes", "Preprocess the dataset again.", entry.data);
  auto volume = torch::from_blob(const_cast<float*>(image.values<float>().data()), image.shape()).clone();
  image.requireWhole();
  if (!entry.previousStage.empty()) {
    const auto file = data::NpyFile::open(entry.previousStage);
    const auto view = [&](const void* values, torch::ScalarType type) {
      return torch::from_blob(const_cast<void*>(values), file.shape(), type).clone();
    };
    const auto labels = file.type() == data::NpyType::Uint8 ? view(file.values<uint8_t>().data(), torch::kByte)
                                                            : view(file.values<int16_t>().data(), torch::kShort);
    file.requireWhole();
    std::vector<torch::Tensor> channels{volume};
    for (const int label : job.foregroundLabels)
      channels.push_back(labels.view(volume.sizes().slice(1)).eq(label).to(torch::kFloat).unsqueeze(0));
    volume = torch::cat(channels);
  }
  if (volume.size(0) != job.network.inputChannels)
    throw CoreError("channel-mismatch",
                    "The case has " + std::to_string(volume.size(0)) + " channels, the model expects " +
                        std::to_string(job.network.inputChannels),
                    "Give the images of every channel, in the order of dataset.json.", entry.name);
  return volume;
}

voxels::ExportSettings exportSettings(const PredictionJob& job, const nlohmann::json& properties,
                                      const torch::Tensor& volume) {
  auto settings = job.exporting;
  const auto spacing = properties.at("spacing").get<voxels::Spacing3>();
  for (int axis = 0; axis < 3; ++axis) settings.resampledSpacing[axis] = spacing[job.transposeForward[axis]];
  settings.spacing = job.configurationSpacing;
  if (job.network.dims == 2) settings.spacing[0] = settings.resampledSpacing[0];  // slices are never resampled across
  settings.shape = {volume.size(1), volume.size(2), volume.size(3)};
  settings.resampledShape = properties.at("shape_after_cropping_and_before_resampling").get<voxels::Shape3>();
  settings.fullShape = properties.at("shape_before_cropping").get<voxels::Shape3>();
  const auto box = properties.at("bbox_used_for_cropping").get<std::array<std::array<int64_t, 2>, 3>>();
  for (int axis = 0; axis < 3; ++axis) settings.box.low[axis] = box[axis][0], settings.box.high[axis] = box[axis][1];
  return settings;
}

void writeLabels(const std::string& file, const voxels::ExportedLabels& labels) {
  const std::vector<int64_t> shape(labels.shape.begin(), labels.shape.end());
  std::visit(
      [&](const auto& values) {
        writeNpy(file, sizeof(values[0]) == 1 ? "|u1" : "<u2", shape, std::as_bytes(std::span(values)));
      },
      labels.labels);
}

/** nnU-Net passes this configuration's spacing as both spacings here, so the separate-z decision follows from it alone.
 */
void writeNextStage(const NextStage& next, const std::vector<uint16_t>& logits, voxels::ExportSettings settings,
                    const voxels::RunOptions& run) {
  settings.resampledShape = settings.fullShape = next.shape;
  settings.resampledSpacing = settings.spacing;
  settings.box = {{0, 0, 0}, next.shape};
  settings.transposeBackward = {0, 1, 2};
  writeLabels(next.output, voxels::exportLogits(logits, settings, /*probabilities=*/false, run));
}

}  // namespace

void predict(const nlohmann::json& json) {
  const auto job = readPredictionJob(json);
  WindowSettings window{job.patch, job.mirrorAxes, job.stepSize, job.gaussian};
  window.device = chooseDevice(job.device);
  at::globalContext().setAllowTF32CuDNN(false);  // it has as few digits as fp16; fp32 means float32 here
  window.precision = choosePrecision(job.precision, Use::prediction, window.device);
  const voxels::RunOptions run{useThreads(job.threads)};
  std::vector<UNet> networks;
  for (const auto& checkpoint : job.checkpoints) {
    networks.emplace_back(job.network);
    loadWeights(checkpoint, networks.back());
    networks.back().to(window.device);
  }
  emitStage("predict", "started", 0, static_cast<int64_t>(job.cases.size()),
            window.device.str() + ", " + nameOf(window.precision));
  for (const auto& entry : job.cases) {
    const double start = secondsNow();
    double announced = start;
    voxels::ExportSettings settings;
    std::vector<uint16_t> logits;
    {
      const auto volume = readVolume(entry, job);
      settings = exportSettings(job, readProperties(entry.properties), volume);
      logits = predictLogits(networks, volume, window, [&](int64_t done, int64_t total) {
        if (secondsNow() - announced < 0.5) return;
        announced = secondsNow();
        emitStage("predict", "progress", done, total, entry.name);
      });
    }
    releaseCachedMemory();  // the export needs it, and the next case has other sizes
    const auto exported = voxels::exportLogits(logits, settings, !entry.probabilities.empty(), run);
    if (!entry.probabilities.empty())
      writeNpy(entry.probabilities, "<f4", {settings.heads, exported.shape[0], exported.shape[1], exported.shape[2]},
               std::as_bytes(std::span(exported.probabilities)));
    if (entry.nextStage) writeNextStage(*entry.nextStage, logits, settings, run);
    writeLabels(entry.output, exported);
    emit({{"type", "prediction"}, {"case", entry.name}, {"seconds", secondsNow() - start}, {"output", entry.output}});
  }
  emitStage("predict", "done", static_cast<int64_t>(job.cases.size()), static_cast<int64_t>(job.cases.size()));
}

}  // namespace nnunet
