// Compiled with AVX-512 (core/CMakeLists.txt); called only where the CPU has it.
#include "trainer/network/winograd_kernels_body.h"

namespace nnunet::winograd {
const Kernels& avx512Kernels() {
  return Body<16>::table();
}
}  // namespace nnunet::winograd
