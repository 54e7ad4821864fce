/**
 * Products of small matrices in float32, which every convolution that is not Winograd's comes down to; one table of
 * them per instruction set. All matrices are dense and row-major unless told otherwise.
 */
#pragma once

#include <cstdint>

namespace nnunet::network {

struct MatrixKernels {
  const char* name;
  int lanes;  ///< columns must be a multiple of this
  int depth;  ///< rows of `accumulate`'s sums must be a multiple of this
  /**
   * c (rows x columns) = or += a (rows x depth) * b (depth x columns).
   * b lies in panels of 2 * lanes columns, each (depth x 2 * lanes); a last one of `lanes` columns is (depth x lanes).
   */
  void (*multiply)(int64_t rows, int64_t depth, int64_t columns, const float* a, const float* b, bool adds, float* c);
  /** sums (depth x columns) += a^T (depth x rows) * y (rows x columns), rows in their order. */
  void (*accumulate)(int64_t rows, int64_t depth, int64_t columns, const float* a, const float* y, float* sums);
};

const MatrixKernels& plainMatrixKernels();
const MatrixKernels& avx2MatrixKernels();    ///< x86 only
const MatrixKernels& avx512MatrixKernels();  ///< x86 only

}  // namespace nnunet::network
