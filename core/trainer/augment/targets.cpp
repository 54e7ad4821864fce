#include "trainer/augment/targets.h"

#include <algorithm>

#include "trainer/augment/resize.h"
#include "voxels/simd.h"

namespace nnunet::augment {
namespace {

NNUNET_SIMD void clear(int16_t* target, int64_t count) {
  for (int64_t i = 0; i < count; ++i) target[i] = 0;
}

NNUNET_SIMD void mark(const int16_t* labels, int64_t count, int16_t label, int16_t* target) {
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) target[i] = static_cast<int16_t>(target[i] | (labels[i] == label ? 1 : 0));
}

}  // namespace

void applyRegions(const Grid<const int16_t>& labels, const std::vector<std::vector<int>>& regions,
                  const Grid<int16_t>& target) {
  for (size_t r = 0; r < regions.size(); ++r) {
    int16_t* channel = target.channel(static_cast<int64_t>(r));
    clear(channel, target.voxels());
    for (const int label : regions[r]) mark(labels.data, target.voxels(), static_cast<int16_t>(label), channel);
  }
}

void applyTargetShape(const Grid<const int16_t>& source, const Grid<int16_t>& target) {
  if (source.shape == target.shape) {
    if (source.data != target.data) std::copy_n(source.data, source.size(), target.data);
    return;
  }
  const auto zs = nearestIndices(source.shape[0], target.shape[0]),
             ys = nearestIndices(source.shape[1], target.shape[1]),
             xs = nearestIndices(source.shape[2], target.shape[2]);
  int16_t* out = target.data;
  for (int64_t c = 0; c < target.channels; ++c)
    for (const int64_t z : zs)
      for (const int64_t y : ys) {
        const int16_t* row = source.channel(c) + (z * source.shape[1] + y) * source.shape[2];
        for (const int32_t x : xs) *out++ = row[x];
      }
}

}  // namespace nnunet::augment
