// Compiled with AVX-512 (core/CMakeLists.txt); called only where the CPU has them.
#include "network/kernels/matrix.h"
#include "network/kernels/matrix_body.h"

namespace nnunet::network {
const MatrixKernels& avx512MatrixKernels() {
  using Body = Matrix<16>;
  static constexpr MatrixKernels kernels{"avx512", 16, Body::kDepth, Body::multiply, Body::accumulate};
  return kernels;
}
}  // namespace nnunet::network
