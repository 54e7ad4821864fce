#include "voxels/pairwise.h"

#include <vector>

#include "voxels/simd.h"

namespace nnunet::voxels {

namespace {

/// Runs of at most this many values are one task.
constexpr int64_t kTask = int64_t{1} << 20;

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

void collectTasks(int64_t start, int64_t count, std::vector<std::pair<int64_t, int64_t>>& tasks) {
  if (count <= kTask) {
    tasks.emplace_back(start, count);
    return;
  }
  const int64_t first = pairwiseSplit(count);
  collectTasks(start, first, tasks);
  collectTasks(start + first, count - first, tasks);
}

float combine(int64_t count, const float*& next) {
  if (count <= kTask) return *next++;
  const int64_t first = pairwiseSplit(count);
  const float left = combine(first, next);
  return left + combine(count - first, next);
}

template <class MakeReader>
float sumInTasks(int64_t count, const RunOptions& run, MakeReader&& readerAt) {
  std::vector<std::pair<int64_t, int64_t>> tasks;
  collectTasks(0, count, tasks);
  std::vector<float> sums(tasks.size());
  parallelFor(static_cast<int64_t>(tasks.size()), 1, run, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) sums[i] = pairwiseSum(readerAt(tasks[i].first), tasks[i].second);
  });
  const float* next = sums.data();
  return combine(count, next);
}

}  // namespace

float pairwiseSum(std::span<const float> values, const RunOptions& run) {
  return sumInTasks(static_cast<int64_t>(values.size()), run, [&](int64_t at) { return Plain{values.data() + at}; });
}

float pairwiseSquaredDeviation(std::span<const float> values, float mean, const RunOptions& run) {
  return sumInTasks(static_cast<int64_t>(values.size()), run, [&](int64_t at) {
    return SquaredDeviation{values.data() + at, mean};
  });
}

}  // namespace nnunet::voxels
