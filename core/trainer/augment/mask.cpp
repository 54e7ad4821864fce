#include "trainer/augment/mask.h"

#include <algorithm>

#include "voxels/simd.h"

namespace nnunet::augment {
namespace {

NNUNET_SIMD void maskOut(float* x, const int16_t* labels, int64_t count) {
  for (int64_t i = 0; i < count; ++i) x[i] = labels[i] < 0 ? 0.0f : x[i];
}

NNUNET_SIMD void clampNegative(int16_t* labels, int64_t count) {
  for (int64_t i = 0; i < count; ++i) labels[i] = labels[i] < 0 ? int16_t{0} : labels[i];
}

}  // namespace

void applyMask(const Sample& sample, const std::vector<bool>& channels) {
  const int64_t known = std::min<int64_t>(sample.image.channels, static_cast<int64_t>(channels.size()));
  for (int64_t c = 0; c < known; ++c)
    if (channels[c]) maskOut(sample.image.channel(c), sample.segmentation.data, sample.image.voxels());
}

void removeNegativeLabels(const Grid<int16_t>& segmentation) {
  clampNegative(segmentation.data, segmentation.size());
}

}  // namespace nnunet::augment
