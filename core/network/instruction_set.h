/** Which instructions this processor has, as far as there are kernels for them. */
#pragma once

namespace nnunet {

enum class InstructionSet { baseline, avx2, avx512 };

InstructionSet bestInstructionSet();

}  // namespace nnunet
