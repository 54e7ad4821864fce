#include "trainer/augment/resize.h"

#include <algorithm>
#include <cmath>

namespace nnunet::augment {

std::vector<int32_t> nearestIndices(int64_t input, int64_t output) {
  std::vector<int32_t> indices(output);
  // As torch computes it, float32 with a fused multiply-add, which decides where o + 0.5 lands on a whole number.
  const float ratio = static_cast<float>(input) / static_cast<float>(output);
  for (int64_t i = 0; i < output; ++i) {
    const auto position = static_cast<float>((static_cast<double>(i) + 0.5) * ratio - 0.5);
    indices[i] = static_cast<int32_t>(std::min(input - 1, static_cast<int64_t>(std::max(0.0f, position) + 0.5f)));
  }
  return indices;
}

LinearIndices linearIndices(int64_t input, int64_t output) {
  LinearIndices result;
  const float scale = static_cast<float>(input) / static_cast<float>(output);
  for (int64_t i = 0; i < output; ++i) {
    const float position = std::max(0.0f, scale * (static_cast<float>(i) + 0.5f) - 0.5f);
    const auto lower = std::min(static_cast<int32_t>(position), static_cast<int32_t>(input - 1));
    result.lower.push_back(lower);
    result.upper.push_back(std::min(lower + 1, static_cast<int32_t>(input - 1)));
    result.fraction.push_back(std::clamp(position - static_cast<float>(lower), 0.0f, 1.0f));
  }
  return result;
}

int64_t roundHalfToEven(double value) {
  const double down = std::floor(value), rest = value - down;
  const auto whole = static_cast<int64_t>(down);
  if (rest != 0.5) return rest < 0.5 ? whole : whole + 1;
  return whole % 2 == 0 ? whole : whole + 1;
}

}  // namespace nnunet::augment
