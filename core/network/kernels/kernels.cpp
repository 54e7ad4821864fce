#include "network/kernels/kernels.h"

namespace nnunet::network {

Kernels kernelsFor(InstructionSet set) {
#if defined(__x86_64__)
  if (set == InstructionSet::avx512) return {avx512MatrixKernels(), winograd::avx512Kernels};
  if (set == InstructionSet::avx2) return {avx2MatrixKernels(), winograd::avx2Kernels};
#endif
  static_cast<void>(set);
  return {plainMatrixKernels(), nullptr};
}

}  // namespace nnunet::network
