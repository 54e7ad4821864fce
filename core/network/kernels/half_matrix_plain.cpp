// Loops as one writes them, and which of the others this machine can run.
#include <bit>

#include "network/kernels/half_matrix.h"

#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#endif

namespace nnunet::network {
namespace {

float valueOf(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

void multiply(int64_t rows, int64_t depth, int64_t columns, const uint16_t* a, const uint16_t* b, bool adds, float* c) {
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column) {
      const uint16_t* panel = b + column / kHalfPanel * kHalfPanel * depth + column % kHalfPanel * 2;
      float sum = adds ? c[row * columns + column] : 0.f;
      for (int64_t k = 0; k < depth; ++k)
        sum += valueOf(a[row * depth + k]) * valueOf(panel[k / 2 * 2 * kHalfPanel + k % 2]);
      c[row * columns + column] = sum;
    }
}

#if defined(__x86_64__)
struct Features {
  bool avx512Bf16 = false, amxBf16 = false;
  Features() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid_count(7, 1, &a, &b, &c, &d)) avx512Bf16 = (a >> 5 & 1) != 0;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) amxBf16 = (d >> 22 & 1) != 0 && (d >> 24 & 1) != 0;
  }
};
const Features& features() {
  static const Features known;
  return known;
}
#endif

}  // namespace

const HalfMatrixKernels& plainHalfMatrixKernels() {
  static constexpr HalfMatrixKernels kernels{"plain bf16", multiply};
  return kernels;
}

bool hasAvx512Bf16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("x86-64-v4") && features().avx512Bf16;
#else
  return false;
#endif
}

bool hasAmx() {
#if defined(__x86_64__) && defined(__linux__)
  // Linux gives a process the tiles' registers only when it asks for them (arch_prctl ARCH_REQ_XCOMP_PERM, XTILEDATA).
  static const bool granted = features().amxBf16 && hasAvx512Bf16() && syscall(SYS_arch_prctl, 0x1023, 18) == 0;
  return granted;
#else
  return false;
#endif
}

}  // namespace nnunet::network
