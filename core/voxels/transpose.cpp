#include "voxels/transpose.h"

#include <algorithm>
#include <cstring>

#include "voxels/error.h"

namespace nnunet::voxels {

Shape3 transposedShape(const Shape3& shape, const Axes3& axes) {
  return {shape[axes[0]], shape[axes[1]], shape[axes[2]]};
}

Axes3 inverseAxes(const Axes3& axes) {
  Axes3 inverse{};
  for (int i = 0; i < 3; ++i) inverse[axes[i]] = i;
  return inverse;
}

void checkAxes(const Axes3& axes) {
  Axes3 sorted = axes;
  std::sort(sorted.begin(), sorted.end());
  if (sorted != Axes3{0, 1, 2}) throw VoxelError("bad-axes", "The axes are not a permutation of 0, 1, 2");
}

namespace {

template <class Element>
void transposeElements(const Element* in, Element* out, int64_t channels, const Shape3& shape, const Axes3& axes,
                       const RunOptions& run) {
  constexpr int64_t kTile = 64 / sizeof(Element) < 16 ? 16 : 64 / sizeof(Element);
  const Shape3 inStrides{shape[1] * shape[2], shape[2], 1};
  const Shape3 size = transposedShape(shape, axes);
  const Shape3 strides{inStrides[axes[0]], inStrides[axes[1]], inStrides[axes[2]]};
  const int64_t volume = voxelCount(shape);

  if (axes[2] == 2) {  // rows stay rows
    parallelFor(channels * size[0], 1, run, [&](int64_t begin, int64_t end) {
      for (int64_t plane = begin; plane < end; ++plane) {
        const Element* source = in + plane / size[0] * volume + plane % size[0] * strides[0];
        Element* target = out + plane * size[1] * size[2];
        for (int64_t j = 0; j < size[1]; ++j) {
          std::copy_n(source + j * strides[1], size[2], target + j * size[2]);
        }
      }
    });
    return;
  }
  // The axis that is contiguous in the source is axis `fast` of the result (0 or 1): tiles over it and the last axis.
  const int fast = axes[0] == 2 ? 0 : 1;
  const int slow = 1 - fast;
  const Shape3 outStrides{size[1] * size[2], size[2], 1};
  parallelFor(channels * size[slow], 1, run, [&](int64_t begin, int64_t end) {
    for (int64_t plane = begin; plane < end; ++plane) {
      const int64_t channel = plane / size[slow];
      const int64_t at = plane % size[slow];
      const Element* source = in + channel * volume + at * strides[slow];
      Element* target = out + channel * volume + at * outStrides[slow];
      for (int64_t j0 = 0; j0 < size[fast]; j0 += kTile) {
        const int64_t j1 = std::min(size[fast], j0 + kTile);
        for (int64_t k0 = 0; k0 < size[2]; k0 += kTile) {
          const int64_t k1 = std::min(size[2], k0 + kTile);
          for (int64_t j = j0; j < j1; ++j) {
            for (int64_t k = k0; k < k1; ++k) target[j * outStrides[fast] + k] = source[j + k * strides[2]];
          }
        }
      }
    }
  });
}

}  // namespace

void transpose(const std::byte* in, std::byte* out, size_t elementSize, int64_t channels, const Shape3& shape,
               const Axes3& axes, const RunOptions& run) {
  checkAxes(axes);
  const auto as = [&]<class Element>(Element) {
    transposeElements(reinterpret_cast<const Element*>(in), reinterpret_cast<Element*>(out), channels, shape, axes,
                      run);
  };
  switch (elementSize) {
    case 1:
      return as(uint8_t{});
    case 2:
      return as(uint16_t{});
    case 4:
      return as(uint32_t{});
    case 8:
      return as(uint64_t{});
    default:
      throw VoxelError("bad-element-size", "Elements must have 1, 2, 4 or 8 bytes");
  }
}

}  // namespace nnunet::voxels
