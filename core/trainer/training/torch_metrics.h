/** The same counts (metrics.h) on any device of LibTorch. */
#pragma once

#include "trainer/training/loss.h"
#include "trainer/training/metrics.h"

namespace nnunet {

DiceCounts countOverlap(const torch::Tensor& logits, const torch::Tensor& target, const LossSettings& settings);

}  // namespace nnunet
