// NNUNET_SIMD compiles a function once per x86-64 level and picks the best one for this CPU when the program loads.
// Only for loops that the compiler vectorises itself; results are the same on every level, because neither contraction
// to fused multiply-add nor reordering of sums is allowed (see core/CMakeLists.txt).
#pragma once

#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__linux__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define NNUNET_SIMD __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define NNUNET_SIMD
#endif

/// For what such a function calls: only what is inlined gets its instruction set.
#if defined(__GNUC__)
#define NNUNET_INLINE inline __attribute__((always_inline))
#else
#define NNUNET_INLINE inline
#endif
