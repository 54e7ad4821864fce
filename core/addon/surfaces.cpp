#include <memory>

#include "addon/arguments.h"
#include "addon/functions.h"
#include "addon/guard.h"
#include "addon/job.h"
#include "voxels/surface_metrics.h"

namespace nnunet::addon {

namespace {

using namespace voxels;

std::vector<double> numbersOf(const Napi::Value& value, const char* what) {
  if (!value.IsArray()) throwTypeError(value, std::string(what) + " must be an array");
  const auto list = value.As<Napi::Array>();
  std::vector<double> numbers;
  for (uint32_t i = 0; i < list.Length(); ++i) numbers.push_back(numberOf(list.Get(i), what));
  return numbers;
}

Napi::Object objectOf(Napi::Env env, const SurfaceMetrics& metrics) {
  auto object = Napi::Object::New(env);
  object.Set("percentileDistance", metrics.percentileDistance);
  object.Set("hausdorffDistance", metrics.hausdorffDistance);
  object.Set("referenceToPrediction", metrics.referenceToPrediction);
  object.Set("predictionToReference", metrics.predictionToReference);
  object.Set("averageDistance", metrics.averageDistance);
  object.Set("surfaceDice", metrics.surfaceDice);
  object.Set("referenceArea", metrics.referenceArea);
  object.Set("predictionArea", metrics.predictionArea);
  return object;
}

/// surfaceMetrics(reference, prediction, shape3, spacing3, classes, ignoreLabel | null, {percentile, tolerances}, run)
/// -> one object per class, its fields as in voxels/surface_metrics.h
Napi::Value surfaceMetricsOf(const Napi::CallbackInfo& info) {
  const LabelArray reference = labelArrayOf(info[0], "reference");
  const LabelArray prediction = labelArrayOf(info[1], "prediction");
  const Shape3 shape = shapeOf(info[2], "shape");
  const Spacing3 spacing = spacingOf(info[3], "spacing");
  const auto classes = labelListsOf(info[4], "labelsOrRegions");
  const std::optional<int> ignoreLabel = optionalLabelOf(info[5], "ignoreLabel");
  if (!info[6].IsObject()) throwTypeError(info[6], "settings must be an object");
  const auto given = info[6].As<Napi::Object>();
  const SurfaceSettings settings{numberOf(given.Get("percentile"), "percentile"),
                                 numbersOf(given.Get("tolerances"), "tolerances")};
  auto result = std::make_shared<std::vector<SurfaceMetrics>>();
  return startJob(
      info,
      [=](const RunOptions& run) {
        *result = surfaceMetrics(reference, prediction, shape, spacing, classes, ignoreLabel, settings, run);
      },
      [=](Napi::Env env) {
        auto list = Napi::Array::New(env, result->size());
        for (uint32_t i = 0; i < result->size(); ++i) list.Set(i, objectOf(env, (*result)[i]));
        return list;
      });
}

}  // namespace

void addSurfaces(Napi::Env env, Napi::Object exports) {
  addFunction(env, exports, "surfaceMetrics", surfaceMetricsOf);
}

}  // namespace nnunet::addon
