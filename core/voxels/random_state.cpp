#include "voxels/random_state.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "voxels/simd.h"

namespace nnunet::voxels {

namespace {
constexpr int kShift = 397;

inline uint32_t twist(uint32_t high, uint32_t low) {
  const uint32_t mixed = (high & 0x80000000u) | (low & 0x7fffffffu);
  return mixed >> 1 ^ (-(mixed & 1u) & 0x9908b0dfu);
}
}  // namespace

RandomState::RandomState(uint32_t seed) {
  state_[0] = seed;
  for (uint32_t i = 1; i < kSize; ++i) state_[i] = 1812433253u * (state_[i - 1] ^ state_[i - 1] >> 30) + i;
}

namespace {

NNUNET_SIMD void advance(uint32_t* state, int size) {
  for (int i = 0; i < size - kShift; ++i) state[i] = state[i + kShift] ^ twist(state[i], state[i + 1]);
  for (int i = size - kShift; i < size - 1; ++i) {
    state[i] = state[i + kShift - size] ^ twist(state[i], state[i + 1]);
  }
  state[size - 1] = state[kShift - 1] ^ twist(state[size - 1], state[0]);
}

NNUNET_SIMD void temperAll(const uint32_t* state, uint32_t* tempered, int size) {
  for (int i = 0; i < size; ++i) {
    uint32_t value = state[i];
    value ^= value >> 11;
    value ^= value << 7 & 0x9d2c5680u;
    value ^= value << 15 & 0xefc60000u;
    value ^= value >> 18;
    tempered[i] = value;
  }
}

}  // namespace

void RandomState::refill() {
  advance(state_.data(), kSize);
  temperAll(state_.data(), tempered_.data(), kSize);
  position_ = 0;
}

std::array<uint32_t, RandomState::kSavedSize> RandomState::save() const {
  std::array<uint32_t, kSavedSize> saved;
  std::copy(state_.begin(), state_.end(), saved.begin());
  saved[kSize] = static_cast<uint32_t>(position_);
  return saved;
}

RandomState RandomState::restore(std::span<const uint32_t, kSavedSize> saved) {
  RandomState random(0);
  std::copy_n(saved.begin(), kSize, random.state_.begin());
  random.position_ = static_cast<int>(std::min<uint32_t>(saved[kSize], kSize));
  temperAll(random.state_.data(), random.tempered_.data(), kSize);
  return random;
}

uint32_t RandomState::maskFor(uint32_t max) {
  return max == 0 ? 0 : ~uint32_t{0} >> std::countl_zero(max);
}

void RandomState::fillBounded(std::span<uint32_t> out, uint32_t max) {
  if (max == 0) {
    std::fill(out.begin(), out.end(), 0u);
    return;
  }
  const uint32_t mask = maskFor(max);
  for (size_t filled = 0; filled < out.size();) {
    if (position_ == kSize) refill();
    int position = position_;
    while (position < kSize && filled < out.size()) {
      const uint32_t value = tempered_[position++] & mask;
      out[filled] = value;
      filled += value <= max ? 1 : 0;
    }
    position_ = position;
  }
}

void RandomState::shuffle(std::span<uint32_t> values) {
  constexpr int64_t kAhead = 64;
  uint32_t draws[kAhead];
  for (int64_t last = static_cast<int64_t>(values.size()) - 1; last >= 1;) {
    const int64_t count = last < kAhead ? last : kAhead;
    for (int64_t k = 0; k < count; ++k) {
      draws[k] = bounded(static_cast<uint32_t>(last - k));
#ifdef __GNUC__
      __builtin_prefetch(&values[draws[k]], 1);
#endif
    }
    for (int64_t k = 0; k < count; ++k) std::swap(values[last - k], values[draws[k]]);
    last -= count;
  }
}

}  // namespace nnunet::voxels
