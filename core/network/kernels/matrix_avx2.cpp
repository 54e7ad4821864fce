// Compiled with AVX2 and FMA (core/CMakeLists.txt); called only where the CPU has them.
#include "network/kernels/matrix.h"
#include "network/kernels/matrix_body.h"

namespace nnunet::network {
const MatrixKernels& avx2MatrixKernels() {
  using Body = Matrix<8>;
  static constexpr MatrixKernels kernels{"avx2", 8, Body::kDepth, Body::multiply, Body::accumulate};
  return kernels;
}
}  // namespace nnunet::network
