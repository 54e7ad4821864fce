#include "trainer/network/instruction_set.h"

#include <cstdlib>

#include "trainer/events.h"

namespace nnunet {
namespace {

InstructionSet best() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) return InstructionSet::avx512;
  if (__builtin_cpu_supports("x86-64-v3")) return InstructionSet::avx2;
#endif
  return InstructionSet::baseline;
}

}  // namespace

InstructionSet instructionSetNamed(const std::string& name) {
  if (name.empty()) return best();
  const bool known = name == "baseline" || name == "avx2" || name == "avx512";
  const auto set = name == "avx512" ? InstructionSet::avx512
                   : name == "avx2" ? InstructionSet::avx2
                                    : InstructionSet::baseline;
  if (known && set <= best()) return set;
  throw CoreError("instruction-set-unsupported",
                  "NNUNET_ISA is \"" + name + "\", which this " + (known ? "processor lacks" : "program does not know"),
                  "Use baseline, avx2 or avx512, as far as the processor has them, or leave it away.");
}

InstructionSet instructionSet() {
  static const InstructionSet chosen = [] {
    const char* name = std::getenv("NNUNET_ISA");
    return instructionSetNamed(name == nullptr ? "" : name);
  }();
  return chosen;
}

}  // namespace nnunet
