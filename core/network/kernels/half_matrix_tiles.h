/**
 * Products by tiles of 16 rows of 32 numbers, two by two of which share what they load. `Tiles` are the processor's
 * instructions (half_matrix_amx.cpp), or what the tests put in their place where there are none.
 * Source: Intel 64 and IA-32 Architectures Software Developer's Manual, TDPBF16PS and LDTILECFG.
 */
#pragma once

#include "network/kernels/half_matrix.h"

namespace nnunet::network {
namespace {

/** What LDTILECFG reads. */
struct alignas(64) TileShapes {
  uint8_t palette = 1, start = 0;
  uint8_t reserved[14] = {};
  uint16_t rowBytes[16] = {};
  uint8_t rows[16] = {};
};

template <class Tiles>
struct TileProduct {
  /** Sums in tiles 0 to 3 (two by two), rows of a in 4 and 5, panels of b in 6 and 7. */
  static void configure(int64_t firstRows, int64_t secondRows) {
    TileShapes shapes;
    for (int tile = 0; tile < 8; ++tile) {
      const bool first = tile == 0 || tile == 1 || tile == 4, second = tile == 2 || tile == 3 || tile == 5;
      const int64_t rows = first ? firstRows : second && secondRows > 0 ? secondRows : 16;
      shapes.rowBytes[tile] = 64;
      shapes.rows[tile] = static_cast<uint8_t>(rows);
    }
    Tiles::configure(&shapes);
  }

  /** Up to 32 rows by 32 columns. @param two  more than 16 rows */
  static void multiplyBlock(bool two, int64_t depth, const uint16_t* a, const uint16_t* b, bool adds, float* c,
                            int64_t columns) {
    const int64_t cBytes = columns * 4, aBytes = depth * 2;
    float* below = c + 16 * columns;
    Tiles::template zero<0>();
    Tiles::template zero<1>();
    Tiles::template zero<2>();
    Tiles::template zero<3>();
    if (adds) {
      Tiles::template load<0>(c, cBytes);
      Tiles::template load<1>(c + kHalfPanel, cBytes);
      if (two) {
        Tiles::template load<2>(below, cBytes);
        Tiles::template load<3>(below + kHalfPanel, cBytes);
      }
    }
    const uint16_t* second = b + depth * kHalfPanel;
    for (int64_t k = 0; k < depth; k += kHalfStep, b += kHalfStep * kHalfPanel, second += kHalfStep * kHalfPanel) {
      Tiles::template load<4>(a + k, aBytes);
      Tiles::template load<6>(b, 64);
      Tiles::template load<7>(second, 64);
      Tiles::template multiply<0, 4, 6>();
      Tiles::template multiply<1, 4, 7>();
      if (!two) continue;
      Tiles::template load<5>(a + 16 * depth + k, aBytes);
      Tiles::template multiply<2, 5, 6>();
      Tiles::template multiply<3, 5, 7>();
    }
    Tiles::template store<0>(c, cBytes);
    Tiles::template store<1>(c + kHalfPanel, cBytes);
    if (!two) return;
    Tiles::template store<2>(below, cBytes);
    Tiles::template store<3>(below + kHalfPanel, cBytes);
  }

  static void multiply(int64_t rows, int64_t depth, int64_t columns, const uint16_t* a, const uint16_t* b, bool adds,
                       float* c) {
    int64_t configured = 0;
    for (int64_t row = 0; row < rows; row += 32) {
      const int64_t left = rows - row < 32 ? rows - row : 32, second = left > 16 ? left - 16 : 0;
      if (left != configured) configure(left < 16 ? left : 16, second);
      configured = left;
      for (int64_t column = 0; column < columns; column += kHalfStep)
        multiplyBlock(second > 0, depth, a + row * depth, b + column * depth, adds, c + row * columns + column,
                      columns);
    }
    Tiles::release();
  }
};

}  // namespace
}  // namespace nnunet::network
