// Sums, means and standard deviations of float32 values in exactly the order of numpy, so that normalised images and
// fingerprints come out as nnU-Net's to the last bit. numpy adds up to 128 values with eight accumulators, splits
// longer runs in two halves (a multiple of eight first), and sees at most 8192 values at a time, whose sums it adds one
// by one. That is numpy up to 2.2; later versions split whole arrays, which moves the last bits of a mean. O(n); values
// are pulled from a reader, so nothing is copied. Source: numpy/core/src/umath/loops_utils.h.src (pairwise_sum),
// numpy/core/_methods.py (_mean, _var).
#pragma once

#include <cmath>
#include <cstdint>
#include <span>

#include "voxels/parallel.h"

namespace nnunet::voxels {

/// Sum of up to 128 contiguous values.
template <class Value>
Value sumBlock(const Value* values, int64_t count) {
  if (count < 8) {
    Value sum = 0;
    for (int64_t i = 0; i < count; ++i) sum += values[i];
    return sum;
  }
  Value lane[8];
  for (int k = 0; k < 8; ++k) lane[k] = values[k];
  int64_t i = 8;
  for (; i + 8 <= count; i += 8) {
    for (int k = 0; k < 8; ++k) lane[k] += values[i + k];
  }
  Value sum = ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
  for (; i < count; ++i) sum += values[i];
  return sum;
}

constexpr int64_t kPairwiseBlock = 128;

/// Length of the first half of a run that is longer than a block.
inline int64_t pairwiseSplit(int64_t count) {
  const int64_t half = count / 2;
  return half - half % 8;
}

/// Size of numpy's iteration buffer, in elements.
constexpr int64_t kNumpyBuffer = 8192;

/// Sum of the next `count` values of a reader, left to right. `reader(buffer, n)` gives the next n <= 128 values: it
/// fills `buffer`, or returns a pointer to where they lie.
template <class Value, class Reader>
Value pairwiseSum(Reader& reader, int64_t count) {
  if (count <= kPairwiseBlock) {
    Value buffer[kPairwiseBlock];
    return sumBlock<Value>(reader(buffer, count), count);
  }
  const int64_t first = pairwiseSplit(count);
  const Value left = pairwiseSum<Value>(reader, first);
  return left + pairwiseSum<Value>(reader, count - first);
}

/// np.sum of the next `count` values of a reader.
template <class Value = float, class Reader>
Value numpySum(Reader&& reader, int64_t count) {
  Value sum = 0;
  for (int64_t start = 0; start < count; start += kNumpyBuffer) {
    const int64_t part = count - start < kNumpyBuffer ? count - start : kNumpyBuffer;
    sum += pairwiseSum<Value>(reader, part);
  }
  return sum;
}

/// np.sum of an array; buffers are summed on several threads, with the same result.
float numpySum(std::span<const float> values, const RunOptions& run = {});
/// Sum of (value - mean)^2, both operations rounded to float32 as numpy's temporary arrays are.
float squaredDeviationSum(std::span<const float> values, float mean, const RunOptions& run = {});

/// np.mean from a sum.
inline float meanOf(float sum, int64_t count) {
  return static_cast<float>(static_cast<double>(sum) / static_cast<double>(count));
}
/// np.std from the sum of squared deviations.
inline float deviationOf(float squares, int64_t count) {
  return std::sqrt(meanOf(squares, count));
}

}  // namespace nnunet::voxels
