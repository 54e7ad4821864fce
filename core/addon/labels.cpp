#include <memory>

#include "addon/arguments.h"
#include "addon/functions.h"
#include "addon/guard.h"
#include "addon/job.h"
#include "voxels/components.h"
#include "voxels/confusion.h"
#include "voxels/label_values.h"

namespace nnunet::addon {

namespace {

using namespace voxels;

/// labelValues(array, run) -> {values, nonInteger, nonFinite}
Napi::Value labelValuesOf(const Napi::CallbackInfo& info) {
  const LabelArray array = labelArrayOf(info[0], "labels");
  auto result = std::make_shared<LabelValues>();
  return startJob(
      info, [=](const RunOptions& run) { *result = labelValues(array, run); },
      [=](Napi::Env env) {
        auto values = Napi::Array::New(env, result->values.size());
        for (uint32_t i = 0; i < result->values.size(); ++i) values.Set(i, static_cast<double>(result->values[i]));
        auto value = Napi::Object::New(env);
        value.Set("values", values);
        value.Set("nonInteger", result->nonInteger);
        value.Set("nonFinite", result->nonFinite);
        return value;
      });
}

/// confusionCounts(reference, prediction, classes, ignoreLabel | null, run) -> {tp, fp, fn, tn}[]
Napi::Value confusionCountsOf(const Napi::CallbackInfo& info) {
  const LabelArray reference = labelArrayOf(info[0], "reference");
  const LabelArray prediction = labelArrayOf(info[1], "prediction");
  const auto classes = labelListsOf(info[2], "labelsOrRegions");
  const std::optional<int> ignoreLabel = optionalLabelOf(info[3], "ignoreLabel");
  auto result = std::make_shared<std::vector<Confusion>>();
  return startJob(
      info, [=](const RunOptions& run) { *result = confusionCounts(reference, prediction, classes, ignoreLabel, run); },
      [=](Napi::Env env) {
        auto list = Napi::Array::New(env, result->size());
        for (uint32_t i = 0; i < result->size(); ++i) {
          const Confusion& confusion = (*result)[i];
          auto entry = Napi::Object::New(env);
          entry.Set("tp", static_cast<double>(confusion.truePositives));
          entry.Set("fp", static_cast<double>(confusion.falsePositives));
          entry.Set("fn", static_cast<double>(confusion.falseNegatives));
          entry.Set("tn", static_cast<double>(confusion.trueNegatives));
          list.Set(i, entry);
        }
        return list;
      });
}

/// connectedComponents(mask: Uint8Array, shape3, fullConnectivity: boolean, run) -> {labels: Int32Array, sizes:
/// number[]}
Napi::Value connectedComponentsOf(const Napi::CallbackInfo& info) {
  const auto mask = arrayOf<uint8_t>(info[0], "mask");
  const Shape3 shape = shapeOf(info[1], "shape");
  checkSize(info[1], mask.size(), voxelCount(shape), "shape");
  const auto connectivity = info[2].ToBoolean() ? Connectivity::Full : Connectivity::Faces;
  auto result = std::make_shared<Components>();
  return startJob(
      info, [=](const RunOptions& run) { *result = connectedComponents(mask, shape, connectivity, run); },
      [=](Napi::Env env) {
        auto sizes = Napi::Array::New(env, result->sizes.size());
        for (uint32_t i = 0; i < result->sizes.size(); ++i) sizes.Set(i, static_cast<double>(result->sizes[i]));
        auto value = Napi::Object::New(env);
        value.Set("labels", adopt(env, std::move(result->labels)));
        value.Set("sizes", sizes);
        return value;
      });
}

template <class Label>
Napi::Value keepLargestOf(const Napi::CallbackInfo& info) {
  const auto segmentation = arrayOf<Label>(info[0], "segmentation");
  const Shape3 shape = shapeOf(info[1], "shape");
  checkSize(info[1], segmentation.size(), voxelCount(shape), "shape");
  const std::vector<int> labels = labelsOf(info[2], "labels");
  auto removed = std::make_shared<int64_t>(0);
  return startJob(
      info, [=](const RunOptions& run) { *removed = keepLargestComponent(segmentation, shape, labels, run); },
      [=](Napi::Env env) { return Napi::Number::New(env, static_cast<double>(*removed)); });
}

/// keepLargestComponent(segmentation in place, shape3, labels, run) -> number of voxels removed
Napi::Value keepLargestComponentOf(const Napi::CallbackInfo& info) {
  if (!info[0].IsTypedArray()) throwTypeError(info[0], "segmentation must be a typed array");
  switch (info[0].As<Napi::TypedArray>().TypedArrayType()) {
    case napi_uint8_array:
      return keepLargestOf<uint8_t>(info);
    case napi_uint16_array:
      return keepLargestOf<uint16_t>(info);
    case napi_int16_array:
      return keepLargestOf<int16_t>(info);
    case napi_int32_array:
      return keepLargestOf<int32_t>(info);
    default:
      throwTypeError(info[0], "segmentation must be a Uint8Array, Uint16Array, Int16Array or Int32Array");
  }
}

}  // namespace

void addLabels(Napi::Env env, Napi::Object exports) {
  addFunction(env, exports, "labelValues", labelValuesOf);
  addFunction(env, exports, "confusionCounts", confusionCountsOf);
  addFunction(env, exports, "connectedComponents", connectedComponentsOf);
  addFunction(env, exports, "keepLargestComponent", keepLargestComponentOf);
}

}  // namespace nnunet::addon
