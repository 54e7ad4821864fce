/**
 * The products of small matrices for vectors of `Lanes` floats. Included once by each instruction set's file, which is
 * compiled with that set's flags; everything is in an unnamed namespace, so the copies never meet.
 */
#pragma once

#include "network/kernels/vector.h"

namespace nnunet::network {
namespace {

template <int Lanes>
struct Matrix {
  using Vector = typename VectorOf<Lanes>::Type;
  static constexpr int kPanel = 2 * Lanes;
  /** Rows of the register tile: with two vectors a row, accumulators fill the register file. */
  static constexpr int kRows = Lanes == 16 ? 12 : 6;
  /** Rows of sums that `accumulate` holds in registers; divides every padded depth. */
  static constexpr int kDepth = Lanes == 16 ? 8 : 4;

  static Vector load(const float* p) { return *reinterpret_cast<const Vector*>(p); }
  static void store(float* p, Vector v) { *reinterpret_cast<Vector*>(p) = v; }

  /** R rows of A (row stride k) times a panel of B (k x Vectors * Lanes) into C. */
  template <int R, int Vectors>
  static void microMultiply(const float* a, int64_t k, const float* b, bool adds, float* c, int64_t cStride) {
    Vector sum[R][Vectors] = {};
    if (adds)
      for (int r = 0; r < R; ++r)
        for (int v = 0; v < Vectors; ++v) sum[r][v] = load(c + r * cStride + v * Lanes);
    for (int64_t i = 0; i < k; ++i, b += Vectors * Lanes) {
      Vector panel[Vectors];
      for (int v = 0; v < Vectors; ++v) panel[v] = load(b + v * Lanes);
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) {
        const float scalar = a[r * k + i];
#pragma GCC unroll 2
        for (int v = 0; v < Vectors; ++v) sum[r][v] += scalar * panel[v];
      }
    }
    for (int r = 0; r < R; ++r)
      for (int v = 0; v < Vectors; ++v) store(c + r * cStride + v * Lanes, sum[r][v]);
  }

  template <int Vectors>
  static void multiplyPanel(int64_t rows, const float* a, int64_t k, const float* b, bool adds, float* c,
                            int64_t cStride) {
    int64_t r = 0;
    for (; r + kRows <= rows; r += kRows)
      microMultiply<kRows, Vectors>(a + r * k, k, b, adds, c + r * cStride, cStride);
    for (; r + 4 <= rows; r += 4) microMultiply<4, Vectors>(a + r * k, k, b, adds, c + r * cStride, cStride);
    for (; r < rows; ++r) microMultiply<1, Vectors>(a + r * k, k, b, adds, c + r * cStride, cStride);
  }

  static void multiply(int64_t rows, int64_t depth, int64_t columns, const float* a, const float* b, bool adds,
                       float* c) {
    int64_t column = 0;
    for (; column + kPanel <= columns; column += kPanel, b += depth * kPanel)
      multiplyPanel<2>(rows, a, depth, b, adds, c + column, columns);
    if (column < columns) multiplyPanel<1>(rows, a, depth, b, adds, c + column, columns);
  }

  /** sums (R x Vectors * Lanes, row stride out) += sum over rows of a[row][r] * y[row][:]. */
  template <int R, int Vectors>
  static void microAccumulate(const float* a, int64_t in, const float* y, int64_t out, int64_t rows, float* sums) {
    Vector sum[R][Vectors];
    for (int r = 0; r < R; ++r)
      for (int v = 0; v < Vectors; ++v) sum[r][v] = load(sums + r * out + v * Lanes);
    for (int64_t t = 0; t < rows; ++t, a += in, y += out) {
      Vector row[Vectors];
      for (int v = 0; v < Vectors; ++v) row[v] = load(y + v * Lanes);
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) {
        const float scalar = a[r];
#pragma GCC unroll 2
        for (int v = 0; v < Vectors; ++v) sum[r][v] += scalar * row[v];
      }
    }
    for (int r = 0; r < R; ++r)
      for (int v = 0; v < Vectors; ++v) store(sums + r * out + v * Lanes, sum[r][v]);
  }

  static void accumulate(int64_t rows, int64_t depth, int64_t columns, const float* a, const float* y, float* sums) {
    for (int64_t k = 0; k < depth; k += kDepth) {
      int64_t column = 0;
      for (; column + kPanel <= columns; column += kPanel)
        microAccumulate<kDepth, 2>(a + k, depth, y + column, columns, rows, sums + k * columns + column);
      if (column < columns)
        microAccumulate<kDepth, 1>(a + k, depth, y + column, columns, rows, sums + k * columns + column);
    }
  }
};

}  // namespace
}  // namespace nnunet::network
