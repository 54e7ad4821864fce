#include "trainer/augment/random.h"

#include <algorithm>
#include <bit>

namespace nnunet::augment {
namespace {

// splitmix64
uint64_t mixed(uint64_t& state) {
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

Random::Random(std::initializer_list<uint64_t> seed) {
  uint64_t state = 0x243f6a8885a308d3;
  for (const uint64_t part : seed) {
    state ^= part;
    state = mixed(state);
  }
  for (uint64_t& word : state_) word = mixed(state);
}

uint64_t Random::bits() {
  const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

int64_t Random::below(int64_t count) {
  __extension__ using Wide = unsigned __int128;
  const auto n = static_cast<uint64_t>(count);
  Wide product = static_cast<Wide>(bits()) * n;
  if (static_cast<uint64_t>(product) < n) {
    const uint64_t threshold = (0 - n) % n;
    while (static_cast<uint64_t>(product) < threshold) product = static_cast<Wide>(bits()) * n;
  }
  return static_cast<int64_t>(product >> 64);
}

double Random::factor(Range range) {
  if (chance(0.5) && range.low < 1) return uniform({range.low, 1});
  return uniform({std::max(range.low, 1.0), range.high});
}

}  // namespace nnunet::augment
