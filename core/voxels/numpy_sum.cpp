#include "voxels/numpy_sum.h"

#include <algorithm>
#include <vector>

#include "voxels/simd.h"

namespace nnunet::voxels {

namespace {

NNUNET_SIMD void squaredDeviation(const float* values, float mean, float* out, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const float deviation = values[i] - mean;
    out[i] = deviation * deviation;
  }
}

struct Plain {
  const float* next;
  const float* operator()(float*, int64_t count) {
    const float* block = next;
    next += count;
    return block;
  }
};

struct SquaredDeviation {
  const float* next;
  float mean;
  const float* operator()(float* buffer, int64_t count) {
    squaredDeviation(next, mean, buffer, count);
    next += count;
    return buffer;
  }
};

/// Sums every buffer by itself, then adds them in order.
template <class MakeReader>
float sumBuffers(int64_t count, const RunOptions& run, MakeReader&& readerAt) {
  constexpr int64_t kGrain = 64;
  const int64_t buffers = (count + kNumpyBuffer - 1) / kNumpyBuffer;
  std::vector<float> sums(buffers);
  parallelFor(buffers, kGrain, run, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      auto reader = readerAt(i * kNumpyBuffer);
      sums[i] = pairwiseSum<float>(reader, std::min(kNumpyBuffer, count - i * kNumpyBuffer));
    }
  });
  float sum = 0;
  for (const float part : sums) sum += part;
  return sum;
}

}  // namespace

float numpySum(std::span<const float> values, const RunOptions& run) {
  return sumBuffers(static_cast<int64_t>(values.size()), run, [&](int64_t at) { return Plain{values.data() + at}; });
}

float squaredDeviationSum(std::span<const float> values, float mean, const RunOptions& run) {
  return sumBuffers(static_cast<int64_t>(values.size()), run,
                    [&](int64_t at) { return SquaredDeviation{values.data() + at, mean}; });
}

}  // namespace nnunet::voxels
