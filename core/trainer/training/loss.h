/**
 * nnU-Net's training losses: soft Dice plus cross entropy, over all deep supervision outputs.
 * Source: nnU-Net 2.8.1, compound_losses.py (DC_and_CE_loss, DC_and_BCE_loss), dice.py (MemoryEfficientSoftDiceLoss),
 * deep_supervision.py.
 */
#pragma once

#include <optional>
#include <vector>

#include "trainer/torch.h"

namespace nnunet {

struct LossSettings {
  bool regions = false;    ///< sigmoid and binary cross entropy over overlapping regions
  bool batchDice = false;  ///< sum over the batch before the Dice ratio
  std::optional<int>
      ignoreLabel;  ///< labels mode: its value; regions mode: any value says that the last target channel marks it
};

/** 1, 1/2, 1/4, … with the lowest resolution at 0, normalised to a sum of 1 (one output: just 1). */
std::vector<double> deepSupervisionWeights(size_t outputs);

/**
 * @param logits  (N, C, spatial) float32, C = labels with background, or regions
 * @param target  int16, (N, 1, spatial) labels; in regions mode (N, R (+ 1 for ignore), spatial) of 0 and 1
 * @returns scalar, differentiable in logits. On the CPU forward and backward are one fused pass each.
 */
torch::Tensor diceAndCrossEntropy(const torch::Tensor& logits, const torch::Tensor& target,
                                  const LossSettings& settings);

/** The same from LibTorch's own operations: for other devices, and the oracle in the tests. */
torch::Tensor composedDiceAndCrossEntropy(const torch::Tensor& logits, const torch::Tensor& target,
                                          const LossSettings& settings);

/** Weighted sum over outputs (highest resolution first); outputs of weight 0 need not be given. */
torch::Tensor deepSupervisionLoss(const std::vector<torch::Tensor>& outputs, const std::vector<torch::Tensor>& targets,
                                  const std::vector<double>& weights, const LossSettings& settings);

}  // namespace nnunet
