#include "trainer/augment/mirror.h"

#include <algorithm>

#include "voxels/simd.h"

namespace nnunet::augment {
namespace {

template <class T>
[[gnu::always_inline]] inline void reverseRow(T* row, int64_t count, T* copy) {
  for (int64_t i = 0; i < count; ++i) copy[i] = row[i];
  for (int64_t i = 0; i < count; ++i) row[i] = copy[count - 1 - i];
}

NNUNET_SIMD void reverseRows(float* rows, int64_t count, int64_t length, float* copy) {
  for (int64_t i = 0; i < count; ++i) reverseRow(rows + i * length, length, copy);
}
NNUNET_SIMD void reverseRows(int16_t* rows, int64_t count, int64_t length, int16_t* copy) {
  for (int64_t i = 0; i < count; ++i) reverseRow(rows + i * length, length, copy);
}

// Swaps the first block with the last, the second with the last but one, … of `count` blocks.
template <class T>
void reverseBlocks(T* blocks, int64_t count, int64_t length) {
  for (int64_t i = 0, j = count - 1; i < j; ++i, --j)
    std::swap_ranges(blocks + i * length, blocks + (i + 1) * length, blocks + j * length);
}

template <class T>
void mirror(const Grid<T>& grid, const std::array<bool, 3>& axes) {
  const auto [depth, height, width] = grid.shape;
  if (axes[0])
    for (int64_t c = 0; c < grid.channels; ++c) reverseBlocks(grid.channel(c), depth, height * width);
  if (axes[1])
    for (int64_t plane = 0; plane < grid.channels * depth; ++plane)
      reverseBlocks(grid.data + plane * height * width, height, width);
  if (axes[2]) {
    std::vector<T> copy(width);
    reverseRows(grid.data, grid.channels * depth * height, width, copy.data());
  }
}

}  // namespace

MirrorParameters drawMirror(Random& random, const AugmentSettings& settings, int dims) {
  MirrorParameters parameters;
  for (const int axis : settings.mirrorAxes)
    if (random.chance(settings.mirrorProbability)) parameters.axes[axis + 3 - dims] = true;
  return parameters;
}

void applyMirror(const Sample& sample, const MirrorParameters& parameters) {
  mirror(sample.image, parameters.axes);
  mirror(sample.segmentation, parameters.axes);
}

}  // namespace nnunet::augment
