#include <memory>

#include "addon/arguments.h"
#include "addon/functions.h"
#include "addon/guard.h"
#include "addon/job.h"
#include "voxels/export.h"
#include "voxels/half.h"
#include "voxels/window.h"

namespace nnunet::addon {

namespace {

using namespace voxels;

template <class Value>
Napi::Array toArray(Napi::Env env, const Value& values) {
  auto array = Napi::Array::New(env, values.size());
  for (uint32_t i = 0; i < values.size(); ++i) array.Set(i, static_cast<double>(values[i]));
  return array;
}

/// windowStarts(size, patch, step) -> number[]
Napi::Value windowStartsOf(const Napi::CallbackInfo& info) {
  return toArray(info.Env(),
                 windowStarts(integerOf(info[0], "size"), integerOf(info[1], "patch"), numberOf(info[2], "step")));
}

/// gaussianImportance(patch) -> Float32Array
Napi::Value gaussianImportanceOf(const Napi::CallbackInfo& info) {
  const std::vector<int64_t> patch = integersOf(info[0], "patch");
  for (const int64_t size : patch) {
    if (size < 1) throwTypeError(info[0], "the patch must have at least one voxel per axis");
  }
  return adopt(info.Env(), gaussianImportance(patch));
}

/// padToPatch(shape3, patch3, dims) -> {padded, low}
Napi::Value padToPatchOf(const Napi::CallbackInfo& info) {
  const auto dims = static_cast<int>(integerOf(info[2], "dims"));
  if (dims != 2 && dims != 3) throwTypeError(info[2], "dims must be 2 or 3");
  const WindowPadding padding = padToPatch(shapeOf(info[0], "shape"), shapeOf(info[1], "patch"), dims);
  auto value = Napi::Object::New(info.Env());
  value.Set("padded", toArray(info.Env(), padding.padded));
  value.Set("low", toArray(info.Env(), padding.inside.low));
  return value;
}

/// class WindowAccumulator(heads, shape3, patch3, weight: Float32Array | null)
class AccumulatorObject : public Napi::ObjectWrap<AccumulatorObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "WindowAccumulator",
                       {InstanceMethod("add", &AccumulatorObject::guardedCall<&AccumulatorObject::add>),
                        InstanceMethod("finish", &AccumulatorObject::guardedCall<&AccumulatorObject::finish>)});
  }

  explicit AccumulatorObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<AccumulatorObject>(info) {
    guarded(info.Env(), [&] {
      const auto weight = optionalArrayOf<float>(info[3], "weight");
      accumulator_ = std::make_shared<WindowAccumulator>(integerOf(info[0], "heads"), shapeOf(info[1], "shape"),
                                                         shapeOf(info[2], "patch"),
                                                         std::vector<float>(weight.begin(), weight.end()));
    });
  }

 private:
  template <Napi::Value (AccumulatorObject::*method)(const Napi::CallbackInfo&)>
  Napi::Value guardedCall(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&] { return (this->*method)(info); });
  }

  /// add(tileLogits: Float32Array, start3, run); the caller awaits one call before the next
  Napi::Value add(const Napi::CallbackInfo& info) {
    const auto logits = arrayOf<float>(info[0], "tileLogits");
    const Shape3 start = shapeOf(info[1], "start");
    return startJob(
        info, [=, accumulator = accumulator_](const RunOptions& run) { accumulator->add(logits, start, run); },
        [](Napi::Env env) { return env.Undefined(); });
  }

  /// finish(low3, shape3, run) -> Uint16Array, the logits inside that box
  Napi::Value finish(const Napi::CallbackInfo& info) {
    const Shape3 low = shapeOf(info[0], "low");
    const Shape3 shape = shapeOf(info[1], "shape");
    const Box3 inside{low, {low[0] + shape[0], low[1] + shape[1], low[2] + shape[2]}};
    auto result = std::make_shared<std::vector<uint16_t>>();
    return startJob(
        info, [=, accumulator = accumulator_](const RunOptions& run) { *result = accumulator->finish(inside, run); },
        [=](Napi::Env env) { return adopt(env, std::move(*result)); });
  }

  std::shared_ptr<WindowAccumulator> accumulator_;
};

/// addFold(sum: Uint16Array in place, fold: Uint16Array, run)
Napi::Value addFoldTo(const Napi::CallbackInfo& info) {
  const auto sum = arrayOf<uint16_t>(info[0], "sum");
  const auto fold = arrayOf<uint16_t>(info[1], "fold");
  return startJob(
      info, [=](const RunOptions& run) { addFold(sum, fold, run); }, [](Napi::Env env) { return env.Undefined(); });
}

/// divideByFolds(sum: Uint16Array in place, folds, run)
Napi::Value divideByFoldsOf(const Napi::CallbackInfo& info) {
  const auto sum = arrayOf<uint16_t>(info[0], "sum");
  const auto folds = static_cast<int>(integerOf(info[1], "folds"));
  return startJob(
      info, [=](const RunOptions& run) { divideByFolds(sum, folds, run); },
      [](Napi::Env env) { return env.Undefined(); });
}

/// halfToFloat(bits: Uint16Array, out: Float32Array), floatToHalf(values: Float32Array, out: Uint16Array): synchronous
void halfToFloatOf(const Napi::CallbackInfo& info) {
  const auto in = arrayOf<uint16_t>(info[0], "bits");
  const auto out = arrayOf<float>(info[1], "out");
  checkSize(info[1], out.size(), static_cast<int64_t>(in.size()), "the input");
  halfToFloat(in, out);
}
void floatToHalfOf(const Napi::CallbackInfo& info) {
  const auto in = arrayOf<float>(info[0], "values");
  const auto out = arrayOf<uint16_t>(info[1], "out");
  checkSize(info[1], out.size(), static_cast<int64_t>(in.size()), "the input");
  floatToHalf(in, out);
}

ExportSettings exportSettingsOf(const Napi::Value& value) {
  if (!value.IsObject()) throwTypeError(value, "the export settings must be an object");
  const auto given = value.As<Napi::Object>();
  const auto get = [&](const char* name) -> Napi::Value { return given.Get(name); };
  ExportSettings settings;
  settings.heads = integerOf(get("heads"), "heads");
  settings.shape = shapeOf(get("shape"), "shape");
  settings.resampledShape = shapeOf(get("resampledShape"), "resampledShape");
  settings.spacing = spacingOf(get("spacing"), "spacing");
  settings.resampledSpacing = spacingOf(get("resampledSpacing"), "resampledSpacing");
  settings.resampling.order = static_cast<int>(integerOf(get("order"), "order"));
  settings.resampling.orderZ = static_cast<int>(integerOf(get("orderZ"), "orderZ"));
  if (!isAbsent(get("forceSeparateZ"))) settings.resampling.forceSeparateZ = get("forceSeparateZ").ToBoolean();
  if (!isAbsent(get("regionsClassOrder"))) {
    settings.rule.regionsClassOrder = labelsOf(get("regionsClassOrder"), "regionsClassOrder");
  }
  settings.fullShape = shapeOf(get("fullShape"), "fullShape");
  settings.box = {shapeOf(get("boxLow"), "boxLow"), shapeOf(get("boxHigh"), "boxHigh")};
  settings.transposeBackward = axesOf(get("transposeBackward"), "transposeBackward");
  return settings;
}

/// exportLogits(logits: Uint16Array | Float32Array, settings, probabilities: boolean, run)
/// -> {segmentation, shape3, probabilities?}
Napi::Value exportLogitsOf(const Napi::CallbackInfo& info) {
  const ExportSettings settings = exportSettingsOf(info[1]);
  const bool probabilities = info[2].ToBoolean();
  const bool half = info[0].IsTypedArray() && info[0].As<Napi::TypedArray>().TypedArrayType() == napi_uint16_array;
  const auto halfs = half ? arrayOf<uint16_t>(info[0], "logits") : std::span<uint16_t>();
  const auto floats = half ? std::span<float>() : arrayOf<float>(info[0], "logits");
  auto result = std::make_shared<ExportedLabels>();
  return startJob(
      info,
      [=](const RunOptions& run) {
        *result = half ? exportLogits(std::span<const uint16_t>(halfs), settings, probabilities, run)
                       : exportLogits(std::span<const float>(floats), settings, probabilities, run);
      },
      [=](Napi::Env env) {
        auto value = Napi::Object::New(env);
        value.Set("segmentation",
                  std::visit([&](auto& labels) { return adopt(env, std::move(labels)); }, result->labels));
        value.Set("shape3", toArray(env, result->shape));
        if (probabilities) value.Set("probabilities", adopt(env, std::move(result->probabilities)));
        return value;
      });
}

}  // namespace

void addPrediction(Napi::Env env, Napi::Object exports) {
  addFunction(env, exports, "windowStarts", windowStartsOf);
  addFunction(env, exports, "gaussianImportance", gaussianImportanceOf);
  addFunction(env, exports, "padToPatch", padToPatchOf);
  exports.Set("WindowAccumulator", AccumulatorObject::define(env));
  addFunction(env, exports, "addFold", addFoldTo);
  addFunction(env, exports, "divideByFolds", divideByFoldsOf);
  addFunction(env, exports, "halfToFloat", halfToFloatOf);
  addFunction(env, exports, "floatToHalf", floatToHalfOf);
  addFunction(env, exports, "exportLogits", exportLogitsOf);
}

}  // namespace nnunet::addon
