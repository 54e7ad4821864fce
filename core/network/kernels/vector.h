/** Vectors of floats for the kernels of one instruction set; only included by their files. */
#pragma once

#include <cstdint>

namespace nnunet {
namespace {

template <int Lanes>
struct VectorOf;
template <>
struct VectorOf<8> {
  typedef float Type __attribute__((vector_size(32), aligned(4), may_alias));
};
template <>
struct VectorOf<16> {
  typedef float Type __attribute__((vector_size(64), aligned(4), may_alias));
};

}  // namespace
}  // namespace nnunet
