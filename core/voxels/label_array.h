// Label maps of any stored type, read as integers.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <variant>

namespace nnunet::voxels {

using LabelArray =
    std::variant<std::span<const uint8_t>, std::span<const int8_t>, std::span<const uint16_t>, std::span<const int16_t>,
                 std::span<const uint32_t>, std::span<const int32_t>, std::span<const float>, std::span<const double>>;

inline int64_t sizeOf(const LabelArray& array) {
  return std::visit([](auto values) { return static_cast<int64_t>(values.size()); }, array);
}

/// What a value that is no integer (or too large for one) is read as: never a label.
constexpr int64_t kNoLabel = std::numeric_limits<int64_t>::min();

template <class Value>
int64_t asLabel(Value value) {
  if constexpr (std::is_floating_point_v<Value>) {
    constexpr Value kLargest = static_cast<Value>(int64_t{1} << 53);
    return value >= -kLargest && value <= kLargest && std::trunc(value) == value ? static_cast<int64_t>(value)
                                                                                 : kNoLabel;
  } else {
    return static_cast<int64_t>(value);
  }
}

}  // namespace nnunet::voxels
