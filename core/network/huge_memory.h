/** Memory for large arrays that are worked through again and again: on huge pages where the system has them. */
#pragma once

#include <cstdint>
#include <memory>

namespace nnunet::network {

class HugeMemory {
 public:
  /** Numbers of unknown value. Throws std::bad_alloc. */
  explicit HugeMemory(int64_t numbers);
  float* data() const { return memory_.get(); }

 private:
  struct Free {
    void operator()(float* memory) const;
  };
  std::unique_ptr<float[], Free> memory_;
};

}  // namespace nnunet::network
