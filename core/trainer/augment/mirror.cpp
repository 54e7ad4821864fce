#include "trainer/augment/mirror.h"

#include "voxels/simd.h"

namespace nnunet::augment {
namespace {

// Exchanges two rows, reversed along x if asked for. Both may be the same row.
template <class T>
[[gnu::always_inline]] inline void exchange(T* a, T* b, int64_t length, bool reversed, T* copy) {
  for (int64_t i = 0; i < length; ++i) copy[i] = a[i];
  if (reversed) {
    if (a != b) {
#pragma GCC ivdep
      for (int64_t i = 0; i < length; ++i) a[i] = b[length - 1 - i];
    }
#pragma GCC ivdep
    for (int64_t i = 0; i < length; ++i) b[i] = copy[length - 1 - i];
  } else if (a != b) {
#pragma GCC ivdep
    for (int64_t i = 0; i < length; ++i) a[i] = b[i];
    for (int64_t i = 0; i < length; ++i) b[i] = copy[i];
  }
}

NNUNET_SIMD void exchangeRows(float* a, float* b, int64_t length, bool reversed, float* copy) {
  exchange(a, b, length, reversed, copy);
}
NNUNET_SIMD void exchangeRows(int16_t* a, int16_t* b, int64_t length, bool reversed, int16_t* copy) {
  exchange(a, b, length, reversed, copy);
}

template <class T>
void mirror(const Grid<T>& grid, const std::array<bool, 3>& axes) {
  const auto [depth, height, width] = grid.shape;
  const int64_t rows = depth * height;
  std::vector<T> copy(width);
  for (int64_t c = 0; c < grid.channels; ++c)
    for (int64_t row = 0; row < rows; ++row) {
      const int64_t z = row / height, y = row % height;
      const int64_t other = (axes[0] ? depth - 1 - z : z) * height + (axes[1] ? height - 1 - y : y);
      if (other < row) continue;  // exchanged already
      exchangeRows(grid.channel(c) + row * width, grid.channel(c) + other * width, width, axes[2], copy.data());
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
  const auto& axes = parameters.axes;
  if (!axes[0] && !axes[1] && !axes[2]) return;
  mirror(sample.image, axes);
  mirror(sample.segmentation, axes);
}

}  // namespace nnunet::augment
