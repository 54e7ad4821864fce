// How many elements an array has. The one place where extents from outside are multiplied, since the product of wrong
// ones overflows.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

namespace nnunet::voxels {

/// Nothing where an extent is negative, or where the bytes of that many elements (of at most 16) or a part of the
/// product cannot be counted in 64 bits.
inline std::optional<int64_t> elementCount(std::span<const int64_t> extents) {
  constexpr int64_t most = std::numeric_limits<int64_t>::max() / 16;
  int64_t product = 1;
  bool empty = false;
  for (const int64_t extent : extents) {
    if (extent < 0 || product > most / std::max<int64_t>(extent, 1)) return std::nullopt;
    product *= std::max<int64_t>(extent, 1);
    empty |= extent == 0;
  }
  return empty ? 0 : product;
}

}  // namespace nnunet::voxels
