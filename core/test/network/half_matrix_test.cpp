#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <random>

#include "network/kernels/half_matrix_tiles.h"

namespace nnunet::network {
namespace {

uint16_t halfOf(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}
float valueOf(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

/** The tile instructions in plain code, so that what uses them is tested on machines without them. */
struct EmulatedTiles {
  static inline TileShapes shapes;
  static inline unsigned char memory[8][16][64];

  static void configure(const TileShapes* given) {
    shapes = *given;
    for (int tile = 0; tile < 8; ++tile) {
      ASSERT_LE(shapes.rowBytes[tile], 64);
      ASSERT_GE(shapes.rows[tile], 1);
      ASSERT_LE(shapes.rows[tile], 16);
    }
    std::memset(memory, 0, sizeof memory);
  }
  static void release() { shapes = {}; }
  template <int Tile>
  static void zero() {
    std::memset(memory[Tile], 0, sizeof memory[Tile]);
  }
  template <int Tile>
  static void load(const void* from, int64_t rowBytes) {
    zero<Tile>();
    for (int row = 0; row < shapes.rows[Tile]; ++row)
      std::memcpy(memory[Tile][row], static_cast<const char*>(from) + row * rowBytes, shapes.rowBytes[Tile]);
  }
  template <int Tile>
  static void store(void* to, int64_t rowBytes) {
    for (int row = 0; row < shapes.rows[Tile]; ++row)
      std::memcpy(static_cast<char*>(to) + row * rowBytes, memory[Tile][row], shapes.rowBytes[Tile]);
  }
  template <int Sums, int Rows, int Panel>
  static void multiply() {
    // The shapes must fit each other, or the processor stops the program.
    ASSERT_EQ(shapes.rows[Sums], shapes.rows[Rows]);
    ASSERT_EQ(shapes.rows[Panel], shapes.rowBytes[Rows] / 4);
    for (int row = 0; row < shapes.rows[Sums]; ++row)
      for (int column = 0; column < 16; ++column) {
        float sum;
        std::memcpy(&sum, &memory[Sums][row][4 * column], sizeof sum);
        for (int pair = 0; pair < 16; ++pair)
          for (int half = 0; half < 2; ++half) {
            uint16_t left, right;
            std::memcpy(&left, &memory[Rows][row][4 * pair + 2 * half], sizeof left);
            std::memcpy(&right, &memory[Panel][pair][4 * column + 2 * half], sizeof right);
            sum += valueOf(left) * valueOf(right);
          }
        std::memcpy(&memory[Sums][row][4 * column], &sum, sizeof sum);
      }
  }
};

/** Against sums in double, with memory behind the last row that must not be touched. */
void expectProducts(const HalfMatrixKernels& kernels) {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (const int64_t rows : {1, 7, 16, 17, 32, 48, 61})
    for (const int64_t columns : {32, 96})
      for (const bool adds : {false, true}) {
        const int64_t depth = 64;
        std::vector<uint16_t> a(rows * depth), b(depth * columns);
        for (auto& number : a) number = halfOf(uniform(random));
        for (auto& number : b) number = halfOf(uniform(random));
        std::vector<float> c(rows * columns + 64, 7.f);
        kernels.multiply(rows, depth, columns, a.data(), b.data(), adds, c.data());
        for (int64_t row = 0; row < rows; ++row)
          for (int64_t column = 0; column < columns; ++column) {
            double sum = adds ? 7 : 0;
            for (int64_t k = 0; k < depth; ++k)
              sum += static_cast<double>(valueOf(a[row * depth + k])) *
                     valueOf(b[(column / 16 * depth / 2 + k / 2) * 32 + column % 16 * 2 + k % 2]);
            ASSERT_NEAR(c[row * columns + column], sum, 2e-5) << kernels.name << " rows " << rows;
          }
        for (size_t i = rows * columns; i < c.size(); ++i) ASSERT_EQ(c[i], 7.f);
      }
}

TEST(HalfMatrixKernels, InPlainCodeMultiply) {
  expectProducts(plainHalfMatrixKernels());
}
TEST(HalfMatrixKernels, OfAvx512Bf16Multiply) {
#if defined(__x86_64__)
  if (!hasAvx512Bf16()) GTEST_SKIP() << "SKIPPED: this processor has no AVX512-BF16";
  expectProducts(avx512Bf16MatrixKernels());
#endif
}
TEST(HalfMatrixKernels, OfAmxMultiply) {
#if defined(__x86_64__)
  if (!hasAmx()) GTEST_SKIP() << "SKIPPED: this processor or system has no AMX tiles";
  expectProducts(amxMatrixKernels());
#endif
}
TEST(HalfMatrixKernels, ByTilesMultiplyWhereTilesAreEmulated) {
  expectProducts({"emulated tiles", TileProduct<EmulatedTiles>::multiply});
}

}  // namespace
}  // namespace nnunet::network
