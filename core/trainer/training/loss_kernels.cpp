#include "trainer/training/loss_kernels.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "voxels/simd.h"

namespace nnunet::kernels {
namespace {

/** exp(x) to about one unit in the last place, without branches, so that loops over it become vectors. */
[[gnu::always_inline]] inline float exponential(float x) {
  x = x < -87.f ? -87.f : (x > 88.f ? 88.f : x);
  const float magic = 12582912.f;  // 1.5 * 2^23: adding it rounds to an integer
  const float rounded = x * 1.44269504088896341f + magic;
  const float n = rounded - magic;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.f;
  const int32_t exponent = std::bit_cast<int32_t>(rounded) - std::bit_cast<int32_t>(magic);
  return p * std::bit_cast<float>((exponent + 127) << 23);
}

}  // namespace

NNUNET_SIMD void softmaxBlock(const float* scores, int64_t stride, int64_t classes, int64_t voxels,
                              float* probabilities, float* logSum) {
  alignas(64) float highest[kVoxelBlock], sum[kVoxelBlock];
  std::copy_n(scores, voxels, highest);
  for (int64_t c = 1; c < classes; ++c) {
    const float* row = scores + c * stride;
    for (int64_t v = 0; v < voxels; ++v) highest[v] = row[v] > highest[v] ? row[v] : highest[v];
  }
  std::fill_n(sum, voxels, 0.f);
  for (int64_t c = 0; c < classes; ++c) {
    const float* row = scores + c * stride;
    float* p = probabilities + c * kVoxelBlock;
#pragma GCC ivdep
    for (int64_t v = 0; v < voxels; ++v) {
      p[v] = exponential(row[v] - highest[v]);
      sum[v] += p[v];
    }
  }
  for (int64_t v = 0; v < voxels; ++v) {
    logSum[v] = highest[v] + std::log(sum[v]);
    sum[v] = 1.f / sum[v];
  }
  for (int64_t c = 0; c < classes; ++c) {
    float* p = probabilities + c * kVoxelBlock;
#pragma GCC ivdep
    for (int64_t v = 0; v < voxels; ++v) p[v] *= sum[v];
  }
}

NNUNET_SIMD void sigmoidBlock(const float* scores, int64_t voxels, float* probabilities) {
#pragma GCC ivdep
  for (int64_t v = 0; v < voxels; ++v) probabilities[v] = 1.f / (1.f + exponential(-scores[v]));
}

NNUNET_SIMD void diceSums(const float* probabilities, const int16_t* target, int16_t value, const float* mask,
                          int64_t voxels, float* sums) {
  // Sixteen running sums each, so that the order of additions is the same for every vector width.
  alignas(64) float intersection[16] = {}, truth[16] = {}, predicted[16] = {};
  int64_t v = 0;
  for (; v + 16 <= voxels; v += 16) {
#pragma GCC ivdep
    for (int i = 0; i < 16; ++i) {
      const float m = mask[v + i], p = probabilities[v + i] * m;
      const float t = target[v + i] == value ? m : 0.f;
      intersection[i] += target[v + i] == value ? p : 0.f;
      truth[i] += t;
      predicted[i] += p;
    }
  }
  for (; v < voxels; ++v) {
    const float m = mask[v], p = probabilities[v] * m;
    if (target[v] == value) {
      intersection[v % 16] += p;
      truth[v % 16] += m;
    }
    predicted[v % 16] += p;
  }
  for (int i = 0; i < 16; ++i) {
    sums[0] += intersection[i];
    sums[1] += truth[i];
    sums[2] += predicted[i];
  }
}

NNUNET_SIMD void softmaxGradient(const float* probabilities, const int16_t* target, const float* mask, int64_t classes,
                                 int64_t voxels, const float* whenTrue, const float* whenFalse, float crossEntropyScale,
                                 float outer, float* gradient, int64_t stride) {
  alignas(64) float inner[kVoxelBlock];
  std::fill_n(inner, voxels, 0.f);
  for (int64_t c = 0; c < classes; ++c) {
    const float* p = probabilities + c * kVoxelBlock;
    const float yes = whenTrue[c], no = whenFalse[c];
#pragma GCC ivdep
    for (int64_t v = 0; v < voxels; ++v) inner[v] += p[v] * (target[v] == c ? yes : no);
  }
  for (int64_t c = 0; c < classes; ++c) {
    const float* p = probabilities + c * kVoxelBlock;
    float* g = gradient + c * stride;
    const float yes = whenTrue[c], no = whenFalse[c];
#pragma GCC ivdep
    for (int64_t v = 0; v < voxels; ++v) {
      const bool is = target[v] == c;
      const float dice = p[v] * ((is ? yes : no) - inner[v]);
      const float entropy = crossEntropyScale * (p[v] - (is ? 1.f : 0.f));
      g[v] = outer * mask[v] * (dice + entropy);
    }
  }
}

NNUNET_SIMD void sigmoidGradient(const float* probabilities, const int16_t* target, const float* mask, int64_t voxels,
                                 float whenTrue, float whenFalse, float crossEntropyScale, float outer,
                                 float* gradient) {
#pragma GCC ivdep
  for (int64_t v = 0; v < voxels; ++v) {
    const float p = probabilities[v];
    const bool is = target[v] != 0;
    const float dice = p * (1.f - p) * (is ? whenTrue : whenFalse);
    const float entropy = crossEntropyScale * (p - (is ? 1.f : 0.f));
    gradient[v] = outer * mask[v] * (dice + entropy);
  }
}

}  // namespace nnunet::kernels
