/**
 * Products of small matrices of bfloat16 with float32 sums, one table of them per instruction set. Both halves of a
 * number are its bits (uint16_t); depth pairs lie beside each other, as the processors' instructions want them.
 */
#pragma once

#include <cstdint>

namespace nnunet::network {

/** Columns of a panel of b: one vector of pairs, or one tile. */
constexpr int64_t kHalfPanel = 16;
/** Depth and columns must be multiples of this: two panels, or the depth of a tile. */
constexpr int64_t kHalfStep = 32;

struct HalfMatrixKernels {
  const char* name;
  /**
   * c (rows x columns, float32) = or += a (rows x depth) * b (depth x columns).
   * b lies in panels of kHalfPanel columns: [columns / 16][depth / 2][16][2]. Any number of rows.
   */
  void (*multiply)(int64_t rows, int64_t depth, int64_t columns, const uint16_t* a, const uint16_t* b, bool adds,
                   float* c);
};

const HalfMatrixKernels& plainHalfMatrixKernels();
const HalfMatrixKernels& avx512Bf16MatrixKernels();  ///< x86 only, where the processor has AVX512-BF16
const HalfMatrixKernels& amxMatrixKernels();         ///< x86 only, where processor and system give AMX tiles

/** Whether this processor can run them. The second asks the system for the tiles' state, once. */
bool hasAvx512Bf16();
bool hasAmx();

}  // namespace nnunet::network
