// numpy's legacy RandomState: Mersenne Twister 19937 and the draws that nnU-Net makes with it, number for number.
// Source: Matsumoto & Nishimura 1998; numpy/random/src/legacy (spec: formats section 3, "RNG recipe").
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace nnunet::voxels {

class RandomState {
 public:
  explicit RandomState(uint32_t seed);

  /// Next 32 random bits.
  uint32_t next() {
    if (position_ == kSize) refill();
    return tempered_[position_++];
  }

  /// Uniform in [0, max] by masked rejection; max = 0 draws nothing.
  uint32_t bounded(uint32_t max, uint32_t mask) {
    if (max == 0) return 0;
    uint32_t value;
    do value = next() & mask;
    while (value > max);
    return value;
  }
  uint32_t bounded(uint32_t max) { return bounded(max, maskFor(max)); }

  /// The next out.size() draws of bounded(max): branches on the generator's blocks only, hence several times faster.
  void fillBounded(std::span<uint32_t> out, uint32_t max);

  /// Smallest 2^k - 1 that is >= max.
  static uint32_t maskFor(uint32_t max);

  /// The state as numbers, to be carried elsewhere and restored.
  static constexpr int kSavedSize = 625;
  std::array<uint32_t, kSavedSize> save() const;
  static RandomState restore(std::span<const uint32_t, kSavedSize> saved);

  /// Fisher-Yates as RandomState.shuffle: swaps i = n-1..1 with a bounded draw. RandomState.permutation(n) is this on
  /// 0..n-1. O(n), the random accesses are prefetched.
  void shuffle(std::span<uint32_t> values);

 private:
  static constexpr int kSize = 624;
  void refill();

  std::array<uint32_t, kSize> state_;
  std::array<uint32_t, kSize> tempered_;
  int position_ = kSize;
};

}  // namespace nnunet::voxels
