#include "trainer/augment/gamma.h"

#include <algorithm>

#include "trainer/augment/lanes.h"
#include "trainer/augment/statistics.h"

namespace nnunet::augment {
namespace {

// x = ((sign*x - low) * scale)^power * range + low
NNUNET_SIMD void raise(float* x, int64_t count, float sign, float low, float scale, float range, Power power) {
  Floats v, raised;
  for (int64_t i = 0; i < count; i += laneCount) {
    const int64_t left = std::min(laneCount, count - i);
    if (left == laneCount) {
      load(x + i, v);
    } else {
      v = Floats{};
      for (int64_t lane = 0; lane < left; ++lane) v[lane] = x[i + lane];
    }
    v = (v * sign - low) * scale;
    powLanes(v, power, raised);
    v = raised * range + low;
    if (left == laneCount) {
      store(v, x + i);
    } else {
      for (int64_t lane = 0; lane < left; ++lane) x[i + lane] = v[lane];
    }
  }
}

NNUNET_SIMD void shift(float* x, int64_t count, float from, float scale, float to, float sign) {
  for (int64_t i = 0; i < count; ++i) x[i] = ((x[i] - from) * scale + to) * sign;
}

}  // namespace

GammaParameters drawGamma(Random& random, const AugmentSettings& settings, int64_t channels, bool invert) {
  GammaParameters parameters;
  parameters.invert = invert;
  for (int64_t c = 0; c < channels; ++c) parameters.exponents.push_back(random.factor(settings.gamma));
  return parameters;
}

void applyGamma(const Grid<float>& image, const GammaParameters& parameters) {
  const float sign = parameters.invert ? -1.0f : 1.0f;
  const int64_t count = image.voxels();
  for (int64_t c = 0; c < image.channels; ++c) {
    float* x = image.channel(c);
    const Statistics before = statistics(x, count);
    const float low = parameters.invert ? -before.maximum : before.minimum;
    const float range = before.maximum - before.minimum;
    raise(x, count, sign, low, 1.0f / std::max(range, 1e-7f), range, Power(parameters.exponents[c]));
    const Statistics after = statistics(x, count);
    shift(x, count, static_cast<float>(after.mean),
          static_cast<float>(before.deviation / std::max(after.deviation, 1e-7)),
          static_cast<float>(sign * before.mean), sign);
  }
}

}  // namespace nnunet::augment
