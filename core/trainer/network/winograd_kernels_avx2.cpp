// Compiled with AVX2 and FMA (core/CMakeLists.txt); called only where the CPU has them.
#include "trainer/network/winograd_kernels_body.h"

namespace nnunet::winograd {
const Kernels& avx2Kernels(const Shape& shape) {
  return Body<8>::kernels(shape);
}
}  // namespace nnunet::winograd
