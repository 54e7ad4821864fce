// Sliding window prediction: where tiles start, how they are weighted, how their logits are added up.
// Source: nnU-Net 2.8 sliding_window_prediction (spec: inference section 3). Shapes of 2D patches have a leading 1.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "voxels/parallel.h"
#include "voxels/shape.h"

namespace nnunet::voxels {

/// Starts of the tiles along one axis. @param size voxels, at least `patch` @param step share of the patch, 0 < step <=
/// 1
std::vector<int64_t> windowStarts(int64_t size, int64_t patch, double step);

/// Weight of every voxel of a tile, shape `patch` (1 to 3 entries), C-order: Gaussian of sigma patch/8 around patch/2
/// with maximum 10, rounded through float16; what float16 makes zero gets its smallest positive value of the map.
std::vector<float> gaussianImportance(std::span<const int64_t> patch);

/// How a volume that is smaller than the patch is padded with zeros before prediction (low = floor, high = ceil of
/// half).
struct WindowPadding {
  Shape3 padded;  ///< shape that the windows run over, at least the patch
  Box3 inside;    ///< where the volume lies in it
};
/// @param dims 3, or 2 for configurations that predict slice by slice: axis 0 is then left alone
WindowPadding padToPatch(const Shape3& shape, const Shape3& patch, int dims);

/// Adds up tiles as nnU-Net does on the CPU: logits and weights in float16, every addition computed in float32 and
/// rounded once. Memory: 2 bytes * (heads + 1) * voxels.
class WindowAccumulator {
 public:
  /// @param heads output channels @param shape padded volume @param patch tile
  /// @param weight float32 of shape `patch`, from gaussianImportance; empty: 1 everywhere
  WindowAccumulator(int64_t heads, const Shape3& shape, const Shape3& patch, std::vector<float> weight);

  /// @param tileLogits (heads, patch) float32 @param start first voxel of the tile
  void add(std::span<const float> tileLogits, const Shape3& start, const RunOptions& run = {});

  /// Logits (heads, inside.shape()) as float16 bits, divided by the summed weights; the accumulator is empty
  /// afterwards.
  /// @throws VoxelError "non-finite-logits" when a logit is infinite (float16 overflow)
  std::vector<uint16_t> finish(const Box3& inside, const RunOptions& run = {});
  std::vector<uint16_t> finish(const RunOptions& run = {}) { return finish({{0, 0, 0}, shape_}, run); }

 private:
  int64_t heads_;
  Shape3 shape_;
  Shape3 patch_;
  std::vector<float> weight_;
  std::vector<uint16_t> logits_;
  std::vector<uint16_t> weights_;
};

/// Averaging over folds, in fold order: sum[i] = half(sum[i] + fold[i]), then half(sum[i] / folds).
void addFold(std::span<uint16_t> sum, std::span<const uint16_t> fold, const RunOptions& run = {});
void divideByFolds(std::span<uint16_t> sum, int folds, const RunOptions& run = {});

}  // namespace nnunet::voxels
