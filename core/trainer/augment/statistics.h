/** Mean, spread and range of a channel, in one pass over it. */
#pragma once

#include <cstdint>

namespace nnunet::augment {

struct Statistics {
  double mean = 0, deviation = 0;  ///< deviation: unbiased (n - 1); NaN for a single value, as torch has it
  float minimum = 0, maximum = 0;
};

/** O(n). Sums are kept in 16 float lanes per 4096 values around a pivot, then in double: relative error about 1e-7. */
Statistics statistics(const float* values, int64_t count);

}  // namespace nnunet::augment
