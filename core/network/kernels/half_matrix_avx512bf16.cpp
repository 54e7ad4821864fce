// Compiled with AVX512-BF16 (core/CMakeLists.txt); called only where the CPU has it.
#include <immintrin.h>

#include "network/kernels/half_matrix.h"

namespace nnunet::network {
namespace {

/** Rows of the register tile: with two vectors a row, accumulators fill the register file. */
constexpr int kRows = 12;

/** Two numbers that lie beside each other, in every lane. */
[[gnu::always_inline]] inline __m512bh pairOf(const uint16_t* a) {
  int bits;
  __builtin_memcpy(&bits, a, sizeof bits);
  return reinterpret_cast<__m512bh>(_mm512_set1_epi32(bits));
}
[[gnu::always_inline]] inline __m512bh loadPairs(const uint16_t* b) {
  return reinterpret_cast<__m512bh>(_mm512_loadu_si512(b));
}

template <int R>
void microMultiply(const uint16_t* a, int64_t depth, const uint16_t* b, bool adds, float* c, int64_t columns) {
  __m512 sum[R][2];
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < 2; ++v)
      sum[r][v] = adds ? _mm512_loadu_ps(c + r * columns + v * kHalfPanel) : _mm512_setzero_ps();
  const uint16_t* second = b + depth * kHalfPanel;
  for (int64_t k = 0; k < depth; k += 2, b += 2 * kHalfPanel, second += 2 * kHalfPanel) {
    const __m512bh left = loadPairs(b), right = loadPairs(second);
#pragma GCC unroll 12
    for (int r = 0; r < R; ++r) {
      const __m512bh pair = pairOf(a + r * depth + k);
      sum[r][0] = _mm512_dpbf16_ps(sum[r][0], pair, left);
      sum[r][1] = _mm512_dpbf16_ps(sum[r][1], pair, right);
    }
  }
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < 2; ++v) _mm512_storeu_ps(c + r * columns + v * kHalfPanel, sum[r][v]);
}

void multiply(int64_t rows, int64_t depth, int64_t columns, const uint16_t* a, const uint16_t* b, bool adds, float* c) {
  for (int64_t column = 0; column < columns; column += kHalfStep, b += depth * kHalfStep) {
    int64_t row = 0;
    for (; row + kRows <= rows; row += kRows)
      microMultiply<kRows>(a + row * depth, depth, b, adds, c + row * columns + column, columns);
    for (; row + 4 <= rows; row += 4)
      microMultiply<4>(a + row * depth, depth, b, adds, c + row * columns + column, columns);
    for (; row < rows; ++row) microMultiply<1>(a + row * depth, depth, b, adds, c + row * columns + column, columns);
  }
}

}  // namespace

const HalfMatrixKernels& avx512Bf16MatrixKernels() {
  static constexpr HalfMatrixKernels kernels{"avx512-bf16", multiply};
  return kernels;
}

}  // namespace nnunet::network
