/**
 * The loops of the fused loss over a block of voxels. Scores and probabilities are (classes, voxels) with a row stride;
 * a block's probabilities lie in a small buffer of (classes, kVoxelBlock).
 */
#pragma once

#include <cstdint>

namespace nnunet::kernels {

constexpr int64_t kVoxelBlock = 256;

/** probabilities = softmax over classes; logSum[v] = log(sum(exp(scores))). Row stride of scores in floats. */
void softmaxBlock(const float* scores, int64_t stride, int64_t classes, int64_t voxels, float* probabilities,
                  float* logSum);

/** probabilities = sigmoid(scores), for one class row. */
void sigmoidBlock(const float* scores, int64_t voxels, float* probabilities);

/** Sums over the block of p*t*m, t*m and p*m, where t = (target == value) and m = mask, added to the three sums. */
void diceSums(const float* probabilities, const int16_t* target, int16_t value, const float* mask, int64_t voxels,
              float* sums);

/** Mean-free softmax gradient: gradient[c] = scale * (p_c * (g_c - sum_j p_j g_j)) + ce * (p_c - t_c), all times mask.
 */
void softmaxGradient(const float* probabilities, const int16_t* target, const float* mask, int64_t classes,
                     int64_t voxels, const float* whenTrue, const float* whenFalse, float crossEntropyScale,
                     float outer, float* gradient, int64_t stride);

/** gradient = mask * outer * (p (1 - p) * (t ? whenTrue : whenFalse) + ce * (p - t)), for one class row. */
void sigmoidGradient(const float* probabilities, const int16_t* target, const float* mask, int64_t voxels,
                     float whenTrue, float whenFalse, float crossEntropyScale, float outer, float* gradient);

}  // namespace nnunet::kernels
