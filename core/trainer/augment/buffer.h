/** Memory for voxels: 64-byte aligned, not initialised, and kept when a buffer shrinks, so that it can be used again.
 */
#pragma once

#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#endif

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace nnunet {

template <class T>
class Buffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Buffer() = default;
  explicit Buffer(size_t size) { resize(size); }
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    swap(other);
    return *this;
  }

  /** Changes the size. The contents are undefined afterwards where the buffer had to grow. */
  void resize(size_t size) {
    if (size > capacity_) {
      memory_.reset();
      capacity_ = 0;
      memory_.reset(static_cast<T*>(allocate(size * sizeof(T))));
      capacity_ = size;
    }
    size_ = size;
  }

  T* data() { return memory_.get(); }
  const T* data() const { return memory_.get(); }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](size_t i) { return memory_.get()[i]; }
  const T& operator[](size_t i) const { return memory_.get()[i]; }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }
  operator std::span<const T>() const { return {data(), size_}; }

 private:
  struct Free {
    void operator()(T* memory) const { std::free(memory); }
  };
  // Large buffers lie on huge pages where the system has them: fewer page faults, fewer misses of the address cache.
  static void* allocate(size_t bytes) {
    constexpr size_t hugePage = size_t{2} << 20;
    const bool large = bytes >= 2 * hugePage;
    const size_t alignment = large ? hugePage : 64;
    const size_t rounded = (bytes + alignment - 1) / alignment * alignment;
    void* memory = std::aligned_alloc(alignment, rounded);
    if (!memory) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
    if (large) madvise(memory, rounded, MADV_HUGEPAGE);
#endif
    return memory;
  }
  void swap(Buffer& other) {
    std::swap(memory_, other.memory_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }
  std::unique_ptr<T, Free> memory_;
  size_t size_ = 0, capacity_ = 0;
};

using FloatBuffer = Buffer<float>;
using Int16Buffer = Buffer<int16_t>;

}  // namespace nnunet
