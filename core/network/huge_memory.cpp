#include "network/huge_memory.h"

#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace nnunet::network {
namespace {

/** A table of 4 KiB pages for gigabytes does not fit the processor's own, so most reads would look it up in memory. */
constexpr std::align_val_t kHugePage{std::size_t{2} << 20};

}  // namespace

HugeMemory::HugeMemory(int64_t numbers) {
  const size_t bytes = static_cast<size_t>(numbers) * sizeof(float);
  memory_.reset(static_cast<float*>(operator new[](bytes, kHugePage)));
#if defined(__linux__)
  if (bytes >= static_cast<size_t>(kHugePage)) madvise(memory_.get(), bytes, MADV_HUGEPAGE);  // a wish, no need
#endif
}

void HugeMemory::Free::operator()(float* memory) const {
  operator delete[](memory, kHugePage);
}

}  // namespace nnunet::network
