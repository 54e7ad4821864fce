/**
 * Random numbers that are the same on every platform, standard library and instruction set.
 * Source: Blackman & Vigna, xoshiro256** (2018); Lemire, fast random integer generation in an interval (2019).
 */
#pragma once

#include <cstdint>
#include <initializer_list>

#include "trainer/augment/settings.h"

namespace nnunet::augment {

class Random {
 public:
  /** One generator per tuple, e.g. (seed, epoch, iteration, index). */
  explicit Random(std::initializer_list<uint64_t> seed);

  uint64_t bits();
  /** In [0, 1), 53 random bits. */
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  double uniform(Range range) { return range.low + (range.high - range.low) * uniform(); }
  bool chance(double probability) { return uniform() < probability; }
  /** An integer in [0, count), each equally likely. `count` must be positive. */
  int64_t below(int64_t count);
  /** A factor around 1: with probability 0.5 from [low, 1), else from [1, high). Ranges above 1 are drawn from evenly.
   */
  double factor(Range range);

 private:
  uint64_t state_[4];
};

}  // namespace nnunet::augment
