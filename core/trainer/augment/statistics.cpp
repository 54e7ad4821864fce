#include "trainer/augment/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "trainer/augment/lanes.h"

namespace nnunet::augment {
namespace {

constexpr int64_t blockSize = 4096;

struct Sums {
  double sum = 0, squares = 0;
  float minimum = std::numeric_limits<float>::infinity(), maximum = -std::numeric_limits<float>::infinity();
};

NNUNET_SIMD void accumulate(const float* x, int64_t count, float pivot, Sums& sums) {
  double sum = 0, squares = 0;
  Floats low = Floats{} + sums.minimum, high = Floats{} + sums.maximum;
  int64_t i = 0;
  while (i + laneCount <= count) {
    const int64_t end = std::min(count, i + blockSize);
    Floats blockSum{}, blockSquares{}, v;
    for (; i + laneCount <= end; i += laneCount) {
      load(x + i, v);
      low = v < low ? v : low;
      high = v > high ? v : high;
      v -= pivot;
      blockSum += v;
      blockSquares += v * v;
    }
    for (int64_t lane = 0; lane < laneCount; ++lane) {
      sum += blockSum[lane];
      squares += blockSquares[lane];
    }
  }
  for (int64_t lane = 0; lane < laneCount; ++lane) {
    sums.minimum = std::min(sums.minimum, low[lane]);
    sums.maximum = std::max(sums.maximum, high[lane]);
  }
  for (; i < count; ++i) {
    sums.minimum = std::min(sums.minimum, x[i]);
    sums.maximum = std::max(sums.maximum, x[i]);
    const double d = x[i] - pivot;
    sum += d;
    squares += d * d;
  }
  sums.sum += sum;
  sums.squares += squares;
}

}  // namespace

Statistics statistics(const float* values, int64_t count) {
  // A pivot near the mean keeps the sum of squares free of cancellation.
  const int64_t stride = std::max<int64_t>(1, count / 509);
  double pivot = 0;
  int64_t taken = 0;
  for (int64_t i = 0; i < count; i += stride, ++taken) pivot += values[i];
  pivot = static_cast<float>(pivot / static_cast<double>(std::max<int64_t>(1, taken)));

  Sums sums;
  accumulate(values, count, static_cast<float>(pivot), sums);
  const auto n = static_cast<double>(count);
  Statistics result;
  result.mean = pivot + sums.sum / n;
  result.deviation = std::sqrt(std::max(0.0, sums.squares - sums.sum * sums.sum / n) / (n - 1));
  result.minimum = sums.minimum;
  result.maximum = sums.maximum;
  return result;
}

}  // namespace nnunet::augment
