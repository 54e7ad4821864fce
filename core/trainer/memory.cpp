#include "trainer/memory.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>
#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>
#include <unordered_map>
#include <vector>

namespace nnunet {
namespace {

constexpr size_t kHugePage = size_t{2} << 20;

/** Rounds up so that nearly equal sizes share a list: to an eighth of the next power of two, at least 64 bytes. */
size_t roundedSize(size_t bytes) {
  if (bytes <= 512) return (bytes + 63) / 64 * 64;
  const size_t step = std::bit_ceil(bytes) / 8;
  return (bytes + step - 1) / step * step;
}

class CachingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    if (bytes == 0) return {nullptr, nullptr, &release, c10::Device(c10::DeviceType::CPU)};
    void* block = take(roundedSize(bytes));
    return {block, block, &release, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* destination, const void* source, size_t count) const override {
    default_copy_data(destination, source, count);
  }

  void dropCache() {
    std::lock_guard lock(mutex_);
    dropCacheLocked();
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
  }

  HeldMemory held() {
    std::lock_guard lock(mutex_);
    return held_;
  }
  void startMeasuring() {
    std::lock_guard lock(mutex_);
    held_.highest = held_.bytes;
  }

  static CachingAllocator& instance() {
    // Never destroyed: tensors in static storage may be freed after it would have been.
    static auto* allocator = new CachingAllocator;
    return *allocator;
  }

 private:
  void* take(size_t size) {
    std::lock_guard lock(mutex_);
    auto& blocks = free_[size];
    void* block = nullptr;
    if (!blocks.empty()) {
      block = blocks.back();
      blocks.pop_back();
    } else {
      block = fresh(size);
    }
    sizes_[block] = size;
    return block;
  }

  void* fresh(size_t size) {
    const size_t alignment = size >= kHugePage ? kHugePage : 64;
    const size_t padded = (size + alignment - 1) / alignment * alignment;
    void* block = std::aligned_alloc(alignment, padded);
    if (block == nullptr) {
      dropCacheLocked();
      block = std::aligned_alloc(alignment, padded);
    }
    if (block == nullptr) throw std::bad_alloc();
    if (size >= kHugePage) madvise(block, padded, MADV_HUGEPAGE);
    held_.bytes += size;
    held_.highest = std::max(held_.highest, held_.bytes);
    return block;
  }

  void dropCacheLocked() {
    for (const auto& [size, blocks] : free_) {
      held_.bytes -= size * blocks.size();
      for (void* block : blocks) std::free(block);
    }
    free_.clear();
  }

  void giveBack(void* block) {
    std::lock_guard lock(mutex_);
    const auto found = sizes_.find(block);
    free_[found->second].push_back(block);
    sizes_.erase(found);
  }

  static void release(void* block) {
    if (block != nullptr) instance().giveBack(block);
  }

  std::mutex mutex_;
  HeldMemory held_{};
  std::map<size_t, std::vector<void*>> free_;
  std::unordered_map<void*, size_t> sizes_;
};

}  // namespace

void useCachingAllocator() {
  c10::SetCPUAllocator(&CachingAllocator::instance(), /*priority=*/100);
}

void releaseCachedMemory() {
  CachingAllocator::instance().dropCache();
}

HeldMemory heldMemory() {
  return CachingAllocator::instance().held();
}

void startMeasuringMemory() {
  CachingAllocator::instance().startMeasuring();
}

}  // namespace nnunet
