#include "trainer/augment/gamma.h"

#include <algorithm>
#include <cmath>

#include "trainer/augment/lanes.h"
#include "trainer/augment/statistics.h"

namespace nnunet::augment {
namespace {

struct Sums {
  double sum = 0, squares = 0;
};

// x = ((sign*x - low) * scale)^power * range + low; returns the sums of x - pivot and of its square.
NNUNET_SIMD Sums raise(float* x, int64_t count, float sign, float low, float scale, float range, Power power,
                       float pivot) {
  constexpr int64_t blockSize = 4096;  // what floats may sum up
  Sums sums;
  Floats v, raised;
  int64_t i = 0;
  while (i + laneCount <= count) {
    const int64_t end = std::min(count, i + blockSize);
    Floats sum{}, squares{};
    for (; i + laneCount <= end; i += laneCount) {
      load(x + i, v);
      v = (v * sign - low) * scale;
      powLanes(v, power, raised);
      v = raised * range + low;
      store(v, x + i);
      v -= pivot;
      sum += v;
      squares += v * v;
    }
    for (int64_t lane = 0; lane < laneCount; ++lane) {
      sums.sum += sum[lane];
      sums.squares += squares[lane];
    }
  }
  if (i == count) return sums;
  v = Floats{} + low * sign;
  for (int64_t lane = 0; i + lane < count; ++lane) v[lane] = x[i + lane];
  v = (v * sign - low) * scale;
  powLanes(v, power, raised);
  v = raised * range + low;
  for (int64_t lane = 0; i + lane < count; ++lane) {
    x[i + lane] = v[lane];
    const double d = v[lane] - pivot;
    sums.sum += d;
    sums.squares += d * d;
  }
  return sums;
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
    const auto pivot = static_cast<float>(sign * before.mean);
    const Sums sums =
        raise(x, count, sign, low, 1.0f / std::max(range, 1e-7f), range, Power(parameters.exponents[c]), pivot);
    const auto n = static_cast<double>(count);
    const double variance = std::max(0.0, sums.squares - sums.sum * sums.sum / n) / (n - 1);
    const double gain = before.deviation / std::max(std::sqrt(variance), 1e-7);
    shift(x, count, static_cast<float>(pivot + sums.sum / n), static_cast<float>(gain), pivot, sign);
  }
}

}  // namespace nnunet::augment
