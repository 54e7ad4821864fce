// Compiled with AVX-512 (core/CMakeLists.txt); called only where the CPU has it.
#include "trainer/network/winograd_kernels_body.h"

namespace nnunet::winograd {
const Kernels& avx512Kernels(const Shape& shape) {
  return Body<16>::kernels(shape);
}
}  // namespace nnunet::winograd
