/** Online evaluation: voxel counts of hard predictions against the target, per foreground class or region. */
#pragma once

#include <vector>

#include "trainer/training/loss.h"

namespace nnunet {

struct DiceCounts {
  std::vector<int64_t> truePositives, falsePositives, falseNegatives;

  void add(const DiceCounts& other);
  /** 2tp / (2tp + fp + fn); NaN for a class that appeared nowhere. */
  std::vector<double> dice() const;
};

/**
 * Labels: the highest score wins (ties: the lower label), background is dropped. Regions: score > 0.
 * Voxels of the ignore label are left out. Shapes as in the loss.
 */
DiceCounts countOverlap(const torch::Tensor& logits, const torch::Tensor& target, const LossSettings& settings);

}  // namespace nnunet
