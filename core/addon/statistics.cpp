#include <memory>

#include "addon/arguments.h"
#include "addon/functions.h"
#include "addon/guard.h"
#include "addon/job.h"
#include "voxels/fingerprint.h"
#include "voxels/locations.h"

namespace nnunet::addon {

namespace {

using namespace voxels;

/// sampleForeground(data: Float32Array, shape4, segmentation: Int16Array, draws, run)
/// -> per channel {values: Float32Array, draws: number, generator: Uint32Array | null}
Napi::Value sampleForegroundOf(const Napi::CallbackInfo& info) {
  const auto data = arrayOf<float>(info[0], "data");
  const auto [channels, shape] = volumeShapeOf(info[1], data.size(), "shape");
  const auto segmentation = arrayOf<int16_t>(info[2], "segmentation");
  checkSize(info[2], segmentation.size(), voxelCount(shape), "the segmentation's shape");
  const int64_t draws = integerOf(info[3], "draws");
  auto samples = std::make_shared<std::vector<ForegroundSample>>();
  return startJob(
      info,
      [=, channels = channels, shape = shape](const RunOptions& run) {
        *samples = sampleForeground(data, channels, shape, segmentation, draws, run);
      },
      [=](Napi::Env env) -> Napi::Value {
        auto list = Napi::Array::New(env, samples->size());
        for (uint32_t i = 0; i < samples->size(); ++i) {
          ForegroundSample& sample = (*samples)[i];
          auto entry = Napi::Object::New(env);
          entry.Set("draws", static_cast<double>(sample.draws));
          entry.Set("generator", env.Null());
          if (sample.generator) {
            const auto saved = sample.generator->save();
            entry.Set("generator", adopt(env, std::vector<uint32_t>(saved.begin(), saved.end())));
          }
          entry.Set("values", adopt(env, std::move(sample.values)));
          list.Set(i, entry);
        }
        return list;
      });
}

ForegroundDraws drawsOf(const Napi::Value& value) {
  if (!value.IsObject()) throwTypeError(value, "a sample must be an object");
  const auto object = value.As<Napi::Object>();
  ForegroundDraws draws;
  draws.values = arrayOf<float>(object.Get("values"), "values");
  draws.draws = integerOf(object.Get("draws"), "draws");
  const auto saved = optionalArrayOf<uint32_t>(object.Get("generator"), "generator");
  if (!saved.empty()) {
    if (saved.size() != RandomState::kSavedSize) throwTypeError(value, "the generator is damaged");
    draws.generator =
        RandomState::restore(std::span<const uint32_t, RandomState::kSavedSize>(saved.data(), saved.size()));
  }
  const bool drawn = draws.generator ? !draws.values.empty() : static_cast<int64_t>(draws.values.size()) == draws.draws;
  if (!drawn || draws.draws < 0) throwTypeError(value, "the number of draws does not fit the values");
  return draws;
}

/// intensityStatistics(samples of one channel over its cases, run) -> IntensityProperties
Napi::Value intensityStatisticsOf(const Napi::CallbackInfo& info) {
  if (!info[0].IsArray()) throwTypeError(info[0], "samples must be an array");
  const auto list = info[0].As<Napi::Array>();
  std::vector<ForegroundDraws> cases;
  for (uint32_t i = 0; i < list.Length(); ++i) cases.push_back(drawsOf(list.Get(i)));
  auto result = std::make_shared<IntensityProperties>();
  return startJob(
      info, [=](const RunOptions& run) { *result = intensityStatistics(cases, run); },
      [=](Napi::Env env) {
        auto value = Napi::Object::New(env);
        value.Set("max", result->max);
        value.Set("mean", result->mean);
        value.Set("median", result->median);
        value.Set("min", result->min);
        value.Set("percentile_00_5", result->percentile_00_5);
        value.Set("percentile_99_5", result->percentile_99_5);
        value.Set("std", result->std);
        return value;
      });
}

/// classLocations(segmentation: Int16Array, shape3, requests, run) -> {rows: Int32Array, counts: number[]}
Napi::Value classLocationsOf(const Napi::CallbackInfo& info) {
  const auto segmentation = arrayOf<int16_t>(info[0], "segmentation");
  const Shape3 shape = shapeOf(info[1], "shape");
  checkSize(info[1], segmentation.size(), voxelCount(shape), "shape");
  const auto requests = labelListsOf(info[2], "requests");
  auto result = std::make_shared<ClassLocations>();
  return startJob(
      info, [=](const RunOptions& run) { *result = classLocations(segmentation, shape, requests, run); },
      [=](Napi::Env env) {
        auto counts = Napi::Array::New(env, result->counts.size());
        for (uint32_t i = 0; i < result->counts.size(); ++i) counts.Set(i, static_cast<double>(result->counts[i]));
        auto value = Napi::Object::New(env);
        value.Set("rows", adopt(env, std::move(result->rows)));
        value.Set("counts", counts);
        return value;
      });
}

}  // namespace

void addStatistics(Napi::Env env, Napi::Object exports) {
  addFunction(env, exports, "sampleForeground", sampleForegroundOf);
  addFunction(env, exports, "intensityStatistics", intensityStatisticsOf);
  addFunction(env, exports, "classLocations", classLocationsOf);
}

}  // namespace nnunet::addon
