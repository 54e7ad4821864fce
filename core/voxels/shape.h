// Extents, spacings and boxes of volumes. Everywhere in this folder arrays are C-order (z, y, x), with channels or
// heads in front, and spacings are millimetres in the same axis order.
#pragma once

#include <array>
#include <cstdint>

#include "voxels/element_count.h"

namespace nnunet::voxels {

[[noreturn]] void throwTooLarge();

using Shape3 = std::array<int64_t, 3>;
using Spacing3 = std::array<double, 3>;
/// A permutation of (0, 1, 2): entry i names the source axis that becomes axis i (as numpy.transpose).
using Axes3 = std::array<int, 3>;

/// Half-open box: voxels low[i] <= index < high[i].
struct Box3 {
  Shape3 low{0, 0, 0};
  Shape3 high{0, 0, 0};

  Shape3 shape() const { return {high[0] - low[0], high[1] - low[1], high[2] - low[2]}; }
  bool operator==(const Box3&) const = default;
};

/// @throws VoxelError "too-large"
inline int64_t voxelCount(const Shape3& shape) {
  const std::optional<int64_t> count = elementCount(shape);
  if (!count) throwTooLarge();
  return *count;
}
/// Of several channels, heads or slices. @throws VoxelError "too-large"
inline int64_t voxelCount(int64_t channels, const Shape3& shape) {
  const std::optional<int64_t> count = elementCount(std::array{channels, shape[0], shape[1], shape[2]});
  if (!count) throwTooLarge();
  return *count;
}

}  // namespace nnunet::voxels
