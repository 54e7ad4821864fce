// Reads the arguments of addon functions: plain numbers, tuples and typed arrays. Wrong ones are a TypeError in JS.
#pragma once

#include <napi.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "voxels/label_array.h"
#include "voxels/shape.h"

namespace nnunet::addon {

template <class Element>
struct TypedArrayKind;
template <>
struct TypedArrayKind<float> {
  static constexpr napi_typedarray_type type = napi_float32_array;
  static constexpr const char* name = "Float32Array";
};
template <>
struct TypedArrayKind<int16_t> {
  static constexpr napi_typedarray_type type = napi_int16_array;
  static constexpr const char* name = "Int16Array";
};
template <>
struct TypedArrayKind<uint16_t> {
  static constexpr napi_typedarray_type type = napi_uint16_array;
  static constexpr const char* name = "Uint16Array";
};
template <>
struct TypedArrayKind<uint8_t> {
  static constexpr napi_typedarray_type type = napi_uint8_array;
  static constexpr const char* name = "Uint8Array";
};
template <>
struct TypedArrayKind<int32_t> {
  static constexpr napi_typedarray_type type = napi_int32_array;
  static constexpr const char* name = "Int32Array";
};
template <>
struct TypedArrayKind<uint32_t> {
  static constexpr napi_typedarray_type type = napi_uint32_array;
  static constexpr const char* name = "Uint32Array";
};

[[noreturn]] void throwTypeError(const Napi::Value& value, const std::string& message);

/// True for null and undefined.
inline bool isAbsent(const Napi::Value& value) {
  return value.IsNull() || value.IsUndefined();
}

/// The memory of a typed array, without a copy.
template <class Element>
std::span<Element> arrayOf(const Napi::Value& value, const char* what) {
  using Kind = TypedArrayKind<Element>;
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != Kind::type) {
    throwTypeError(value, std::string(what) + " must be a " + Kind::name);
  }
  auto array = value.As<Napi::TypedArrayOf<Element>>();
  return {array.Data(), array.ElementLength()};
}
/// The same, empty where the argument is null or undefined.
template <class Element>
std::span<Element> optionalArrayOf(const Napi::Value& value, const char* what) {
  return isAbsent(value) ? std::span<Element>() : arrayOf<Element>(value, what);
}
/// A label map of any stored type.
voxels::LabelArray labelArrayOf(const Napi::Value& value, const char* what);

double numberOf(const Napi::Value& value, const char* what);
int64_t integerOf(const Napi::Value& value, const char* what);
std::vector<int64_t> integersOf(const Napi::Value& value, const char* what);
std::vector<int> labelsOf(const Napi::Value& value, const char* what);
std::vector<std::vector<int>> labelListsOf(const Napi::Value& value, const char* what);
std::optional<int> optionalLabelOf(const Napi::Value& value, const char* what);

voxels::Shape3 shapeOf(const Napi::Value& value, const char* what);
voxels::Spacing3 spacingOf(const Napi::Value& value, const char* what);
voxels::Axes3 axesOf(const Napi::Value& value, const char* what);

/// Channels and spatial shape from four numbers; checked against the number of elements.
struct VolumeShape {
  int64_t channels;
  voxels::Shape3 shape;
};
VolumeShape volumeShapeOf(const Napi::Value& value, size_t elements, const char* what);
void checkSize(const Napi::Value& value, size_t elements, int64_t expected, const char* what);

}  // namespace nnunet::addon
