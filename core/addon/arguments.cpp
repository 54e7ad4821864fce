#include "addon/arguments.h"

#include <cmath>

namespace nnunet::addon {

using voxels::Axes3;
using voxels::LabelArray;
using voxels::Shape3;
using voxels::Spacing3;

void throwTypeError(const Napi::Value& value, const std::string& message) {
  throw Napi::TypeError::New(value.Env(), message);
}

LabelArray labelArrayOf(const Napi::Value& value, const char* what) {
  if (!value.IsTypedArray()) throwTypeError(value, std::string(what) + " must be a typed array");
  const auto array = value.As<Napi::TypedArray>();
  const auto as = [&]<class Element>(Element) {
    auto typed = value.As<Napi::TypedArrayOf<Element>>();
    return LabelArray(std::span<const Element>(typed.Data(), typed.ElementLength()));
  };
  switch (array.TypedArrayType()) {
    case napi_uint8_array:
    case napi_uint8_clamped_array:
      return as(uint8_t{});
    case napi_int8_array:
      return as(int8_t{});
    case napi_uint16_array:
      return as(uint16_t{});
    case napi_int16_array:
      return as(int16_t{});
    case napi_uint32_array:
      return as(uint32_t{});
    case napi_int32_array:
      return as(int32_t{});
    case napi_float32_array:
      return as(float{});
    case napi_float64_array:
      return as(double{});
    default:
      throwTypeError(value, std::string(what) + " must be an array of numbers of at most 32 bits, or Float64Array");
  }
}

double numberOf(const Napi::Value& value, const char* what) {
  if (!value.IsNumber()) throwTypeError(value, std::string(what) + " must be a number");
  return value.As<Napi::Number>().DoubleValue();
}

int64_t integerOf(const Napi::Value& value, const char* what) {
  const double number = numberOf(value, what);
  if (std::trunc(number) != number || std::abs(number) > 9007199254740991.0) {
    throwTypeError(value, std::string(what) + " must be an integer");
  }
  return static_cast<int64_t>(number);
}

namespace {

template <class Read>
auto listOf(const Napi::Value& value, const char* what, Read&& read) {
  if (!value.IsArray()) throwTypeError(value, std::string(what) + " must be an array");
  const auto array = value.As<Napi::Array>();
  std::vector<decltype(read(Napi::Value(), what))> result;
  for (uint32_t i = 0; i < array.Length(); ++i) result.push_back(read(array.Get(i), what));
  return result;
}

template <class Result, class List>
Result threeOf(const Napi::Value& value, const char* what, const List& list) {
  if (list.size() != 3) throwTypeError(value, std::string(what) + " must have 3 entries");
  Result result;
  for (int i = 0; i < 3; ++i) result[i] = static_cast<typename Result::value_type>(list[i]);
  return result;
}

int labelOf(const Napi::Value& value, const char* what) {
  const int64_t label = integerOf(value, what);
  if (label < INT32_MIN || label > INT32_MAX) throwTypeError(value, std::string(what) + " is too large for a label");
  return static_cast<int>(label);
}

}  // namespace

std::vector<int64_t> integersOf(const Napi::Value& value, const char* what) {
  return listOf(value, what, integerOf);
}
std::vector<int> labelsOf(const Napi::Value& value, const char* what) {
  return listOf(value, what, labelOf);
}
std::vector<std::vector<int>> labelListsOf(const Napi::Value& value, const char* what) {
  return listOf(value, what, labelsOf);
}
std::optional<int> optionalLabelOf(const Napi::Value& value, const char* what) {
  if (isAbsent(value)) return std::nullopt;
  return labelOf(value, what);
}

Shape3 shapeOf(const Napi::Value& value, const char* what) {
  const auto shape = threeOf<Shape3>(value, what, integersOf(value, what));
  for (const int64_t size : shape) {
    if (size < 0) throwTypeError(value, std::string(what) + " must not be negative");
  }
  return shape;
}
Spacing3 spacingOf(const Napi::Value& value, const char* what) {
  return threeOf<Spacing3>(value, what, listOf(value, what, numberOf));
}
Axes3 axesOf(const Napi::Value& value, const char* what) {
  const auto axes = threeOf<Axes3>(value, what, integersOf(value, what));
  bool used[3] = {false, false, false};
  for (const int axis : axes) {
    if (axis < 0 || axis > 2 || used[axis])
      throwTypeError(value, std::string(what) + " must be a permutation of 0, 1, 2");
    used[axis] = true;
  }
  return axes;
}

VolumeShape volumeShapeOf(const Napi::Value& value, size_t elements, const char* what) {
  const std::vector<int64_t> sizes = integersOf(value, what);
  if (sizes.size() != 4) throwTypeError(value, std::string(what) + " must have 4 entries (c, z, y, x)");
  for (const int64_t size : sizes) {
    if (size < 0) throwTypeError(value, std::string(what) + " must not be negative");
  }
  checkSize(value, elements, voxels::voxelCount(sizes[0], {sizes[1], sizes[2], sizes[3]}), what);
  return {sizes[0], {sizes[1], sizes[2], sizes[3]}};
}

void checkSize(const Napi::Value& value, size_t elements, int64_t expected, const char* what) {
  if (static_cast<int64_t>(elements) != expected) {
    throwTypeError(value, "the data have " + std::to_string(elements) + " values, but " + what + " says " +
                              std::to_string(expected));
  }
}

}  // namespace nnunet::addon
