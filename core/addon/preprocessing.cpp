#include <memory>
#include <unordered_map>

#include "addon/arguments.h"
#include "addon/functions.h"
#include "addon/guard.h"
#include "addon/job.h"
#include "voxels/crop.h"
#include "voxels/normalize.h"
#include "voxels/resample.h"
#include "voxels/transpose.h"

namespace nnunet::addon {

namespace {

using namespace voxels;

Napi::Array numbers(Napi::Env env, std::initializer_list<int64_t> values) {
  auto array = Napi::Array::New(env, values.size());
  uint32_t i = 0;
  for (const int64_t value : values) array.Set(i++, static_cast<double>(value));
  return array;
}

/// cropToNonzero(data: Float32Array, shape4, segmentation: Int16Array | null, run)
Napi::Value cropToNonzero(const Napi::CallbackInfo& info) {
  const auto data = arrayOf<float>(info[0], "data");
  const auto [channels, shape] = volumeShapeOf(info[1], data.size(), "shape");
  const auto segmentation = optionalArrayOf<int16_t>(info[2], "segmentation");
  if (!isAbsent(info[2])) checkSize(info[2], segmentation.size(), voxelCount(shape), "the segmentation's shape");
  struct Result {
    Box3 box;
    std::vector<float> data;
    std::vector<int16_t> segmentation;
  };
  auto result = std::make_shared<Result>();
  return startJob(
      info,
      [=, channels = channels, shape = shape](const RunOptions& run) {
        result->box = nonzeroBox(data, channels, shape, run);
        const int64_t volume = voxelCount(result->box.shape());
        result->data.resize(channels * volume);
        result->segmentation.resize(volume);
        cropImage(data, channels, shape, result->box, result->data, run);
        cropSegmentation(data, channels, shape, segmentation, result->box, result->segmentation, run);
      },
      [=, channels = channels](Napi::Env env) {
        const Box3& box = result->box;
        const Shape3 size = box.shape();
        auto value = Napi::Object::New(env);
        auto bounds = Napi::Array::New(env, 3);
        for (uint32_t i = 0; i < 3; ++i) bounds.Set(i, numbers(env, {box.low[i], box.high[i]}));
        value.Set("data", adopt(env, std::move(result->data)));
        value.Set("segmentation", adopt(env, std::move(result->segmentation)));
        value.Set("shape", numbers(env, {channels, size[0], size[1], size[2]}));
        value.Set("bbox", bounds);
        return value;
      });
}

/// transposeVolume(from: typed array, to: typed array of the same type and length, shape4, axes, run)
Napi::Value transposeVolume(const Napi::CallbackInfo& info) {
  if (!info[0].IsTypedArray() || !info[1].IsTypedArray()) throwTypeError(info[0], "data must be a typed array");
  const auto from = info[0].As<Napi::TypedArray>();
  const auto to = info[1].As<Napi::TypedArray>();
  if (from.TypedArrayType() != to.TypedArrayType() || from.ElementLength() != to.ElementLength()) {
    throwTypeError(info[1], "the result must have the type and length of the data");
  }
  const auto [channels, shape] = volumeShapeOf(info[2], from.ElementLength(), "shape");
  const Axes3 axes = axesOf(info[3], "axes");
  const auto* source = static_cast<const std::byte*>(from.ArrayBuffer().Data()) + from.ByteOffset();
  auto* target = static_cast<std::byte*>(to.ArrayBuffer().Data()) + to.ByteOffset();
  const size_t elementSize = from.ElementSize();
  return startJob(
      info,
      [=, channels = channels, shape = shape](const RunOptions& run) {
        transpose(source, target, elementSize, channels, shape, axes, run);
      },
      [](Napi::Env env) { return env.Undefined(); });
}

ChannelNormalization channelOf(const Napi::Value& value) {
  static const std::unordered_map<std::string, Normalization> schemes = {
      {"CTNormalization", Normalization::CT},           {"ZScoreNormalization", Normalization::ZScore},
      {"NoNormalization", Normalization::None},         {"RescaleTo01Normalization", Normalization::RescaleTo01},
      {"RGBTo01Normalization", Normalization::RgbTo01},
  };
  if (!value.IsObject()) throwTypeError(value, "a channel must be an object");
  const auto object = value.As<Napi::Object>();
  ChannelNormalization channel;
  const auto scheme = schemes.find(object.Get("scheme").ToString().Utf8Value());
  if (scheme == schemes.end()) throwTypeError(value, "unknown normalization scheme");
  channel.scheme = scheme->second;
  channel.useMask = object.Get("useMask").ToBoolean();
  if (channel.scheme == Normalization::CT) {
    const Napi::Value given = object.Get("properties");
    if (!given.IsObject()) throwTypeError(value, "CTNormalization needs the channel's intensity properties");
    const auto properties = given.As<Napi::Object>();
    channel.properties.mean = numberOf(properties.Get("mean"), "mean");
    channel.properties.std = numberOf(properties.Get("std"), "std");
    channel.properties.percentile_00_5 = numberOf(properties.Get("percentile_00_5"), "percentile_00_5");
    channel.properties.percentile_99_5 = numberOf(properties.Get("percentile_99_5"), "percentile_99_5");
  }
  return channel;
}

/// normalize(data: Float32Array, shape4, segmentation: Int16Array | null, channels, transposeForward | null, run)
Napi::Value normalizeVolume(const Napi::CallbackInfo& info) {
  const auto data = arrayOf<float>(info[0], "data");
  const auto [channelCount, shape] = volumeShapeOf(info[1], data.size(), "shape");
  const auto segmentation = optionalArrayOf<int16_t>(info[2], "segmentation");
  if (!info[3].IsArray()) throwTypeError(info[3], "channels must be an array");
  const auto list = info[3].As<Napi::Array>();
  if (list.Length() != channelCount) throwTypeError(info[3], "there must be one normalization per channel");
  std::vector<ChannelNormalization> channels;
  for (uint32_t i = 0; i < list.Length(); ++i) channels.push_back(channelOf(list.Get(i)));
  const Axes3 forward = isAbsent(info[4]) ? Axes3{0, 1, 2} : axesOf(info[4], "transposeForward");
  return startJob(
      info, [=, shape = shape](const RunOptions& run) { normalize(data, shape, segmentation, channels, forward, run); },
      [](Napi::Env env) { return env.Undefined(); });
}

struct Resampling {
  ResampleGeometry geometry;
  ResampleSettings settings;
};

/// Arguments 1 to 5: shape4, newShape3, spacing3, newSpacing3, {order, orderZ, forceSeparateZ}
Resampling resamplingOf(const Napi::CallbackInfo& info, size_t elements) {
  Resampling result;
  const auto [channels, shape] = volumeShapeOf(info[1], elements, "shape");
  result.geometry = {channels, shape, shapeOf(info[2], "new shape"), spacingOf(info[3], "current spacing"),
                     spacingOf(info[4], "new spacing")};
  if (!info[5].IsObject()) throwTypeError(info[5], "the resampling settings must be an object");
  const auto settings = info[5].As<Napi::Object>();
  result.settings.order = static_cast<int>(integerOf(settings.Get("order"), "order"));
  result.settings.orderZ = static_cast<int>(integerOf(settings.Get("orderZ"), "orderZ"));
  const Napi::Value force = settings.Get("forceSeparateZ");
  if (!isAbsent(force)) result.settings.forceSeparateZ = force.ToBoolean();
  return result;
}

template <class Element, class Function>
Napi::Value resample(const Napi::CallbackInfo& info, Function function) {
  const auto data = arrayOf<Element>(info[0], "data");
  const Resampling how = resamplingOf(info, data.size());
  const Output<Element> out(info.Env(), voxelCount(how.geometry.channels, how.geometry.newShape));
  return startJob(
      info,
      [=, values = out.values, kept = out.kept](const RunOptions& run) {
        function(std::span<const Element>(data), values, how.geometry, how.settings, run);
      },
      [kept = out.kept](Napi::Env) { return kept->Value(); });
}

Napi::Value resampleImageVolume(const Napi::CallbackInfo& info) {
  return resample<float>(info, resampleImage);
}
Napi::Value resampleLogitsVolume(const Napi::CallbackInfo& info) {
  return resample<uint16_t>(info, resampleLogits);
}
Napi::Value resampleLabelVolume(const Napi::CallbackInfo& info) {
  return resample<int16_t>(info, resampleLabels);
}

}  // namespace

void addPreprocessing(Napi::Env env, Napi::Object exports) {
  addFunction(env, exports, "cropToNonzero", cropToNonzero);
  addFunction(env, exports, "transposeVolume", transposeVolume);
  addFunction(env, exports, "normalize", normalizeVolume);
  addFunction(env, exports, "resampleImage", resampleImageVolume);
  addFunction(env, exports, "resampleLogits", resampleLogitsVolume);
  addFunction(env, exports, "resampleLabels", resampleLabelVolume);
}

}  // namespace nnunet::addon
