// Loops as one writes them: for processors that have no file of their own, and what the others are tested against.
#include "network/kernels/matrix.h"

namespace nnunet::network {
namespace {

constexpr int kLanes = 8;

void multiply(int64_t rows, int64_t depth, int64_t columns, const float* a, const float* b, bool adds, float* c) {
  for (int64_t first = 0; first < columns;) {
    const int64_t width = columns - first >= 2 * kLanes ? 2 * kLanes : kLanes;
    for (int64_t row = 0; row < rows; ++row) {
      float sum[2 * kLanes] = {};
      float* target = c + row * columns + first;
      if (adds)
        for (int64_t i = 0; i < width; ++i) sum[i] = target[i];
      for (int64_t k = 0; k < depth; ++k)
        for (int64_t i = 0; i < width; ++i) sum[i] += a[row * depth + k] * b[k * width + i];
      for (int64_t i = 0; i < width; ++i) target[i] = sum[i];
    }
    b += depth * width;
    first += width;
  }
}

void accumulate(int64_t rows, int64_t depth, int64_t columns, const float* a, const float* y, float* sums) {
  for (int64_t k = 0; k < depth; ++k)
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t i = 0; i < columns; ++i) sums[k * columns + i] += a[row * depth + k] * y[row * columns + i];
}

}  // namespace

const MatrixKernels& plainMatrixKernels() {
  static constexpr MatrixKernels kernels{"plain", kLanes, 1, multiply, accumulate};
  return kernels;
}

}  // namespace nnunet::network
