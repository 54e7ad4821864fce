/**
 * nnU-Net's training losses: soft Dice plus cross entropy, or one of them, over all deep supervision outputs.
 * Source: nnU-Net 2.8.1, compound_losses.py (DC_and_CE_loss, DC_and_BCE_loss), dice.py (MemoryEfficientSoftDiceLoss),
 * robust_ce_loss.py (TopKLoss), deep_supervision.py, and variants/loss of its trainers.
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trainer/torch.h"

namespace nnunet {

struct LossSettings {
  bool regions = false;    ///< sigmoid and binary cross entropy over overlapping regions
  bool batchDice = false;  ///< sum over the batch before the Dice ratio
  /** Labels mode: its value; regions mode: any value says that the last target channel marks it. */
  std::optional<int> ignoreLabel = {};
  double diceWeight = 1, entropyWeight = 1;
  double smooth = 1e-5;  ///< added above and below in the Dice ratio
  /** Besides, weight 1: the mean cross entropy over this share of the voxels, those where it is largest. */
  std::optional<double> hardestShare = {};
  double labelSmoothing = 0;  ///< of that cross entropy

  bool hasDice() const { return diceWeight > 0; }
};

/** One of "dice-ce", "dice", "ce", "dice-ce-no-smooth", "topk", "topk-smoothed", "dice-topk". Throws CoreError
 * "bad-job". */
LossSettings lossSettings(const std::string& name);

/** 1, 1/2, 1/4, … with the lowest resolution at 0, normalised to a sum of 1 (one output: just 1). */
std::vector<double> deepSupervisionWeights(size_t outputs);

/**
 * The loss of one output.
 * @param logits  (N, C, spatial) float32, C = labels with background, or regions
 * @param target  int16, (N, 1, spatial) labels; in regions mode (N, R (+ 1 for ignore), spatial) of 0 and 1
 * @returns scalar, differentiable in logits. On the CPU, Dice and the mean cross entropy are one fused pass each way.
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
