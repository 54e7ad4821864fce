/** Which kernels a network runs with: those of one instruction set. */
#pragma once

#include "network/instruction_set.h"
#include "network/kernels/matrix.h"
#include "network/kernels/winograd.h"

namespace nnunet::network {

struct Kernels {
  const MatrixKernels& matrix;
  /** Of 3x3x3 and 1x3x3 convolutions with stride 1; nullptr: there are none, they go by `matrix`. */
  const winograd::Kernels& (*winograd)(const winograd::Shape&);
};

/** @param set  one that this processor has */
Kernels kernelsFor(InstructionSet set);

}  // namespace nnunet::network
