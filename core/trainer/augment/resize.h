/** Index arithmetic of torch's interpolate along one axis. */
#pragma once

#include <cstdint>
#include <vector>

namespace nnunet::augment {

/** nearest-exact: the input index per output index. */
std::vector<int32_t> nearestIndices(int64_t input, int64_t output);

/** Linear, align_corners false: value = in[lower] + fraction * (in[upper] - in[lower]). */
struct LinearIndices {
  std::vector<int32_t> lower, upper;
  std::vector<float> fraction;
};
LinearIndices linearIndices(int64_t input, int64_t output);

/** Rounds half to even, as Python does. */
int64_t roundHalfToEven(double value);

}  // namespace nnunet::augment
