/** Which instructions our own kernels use. */
#pragma once

#include <string>

namespace nnunet {

enum class InstructionSet { baseline, avx2, avx512 };

/**
 * The best one that this processor has, or the one that $NNUNET_ISA (baseline, avx2, avx512) names: so that every set's
 * kernels can be tested and timed on one machine. Decided once. Throws CoreError "instruction-set-unsupported".
 */
InstructionSet instructionSet();

/** The same for a given name; empty: the best one. */
InstructionSet instructionSetNamed(const std::string& name);

}  // namespace nnunet
