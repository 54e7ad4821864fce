/**
 * nnU-Net's training losses: soft Dice plus cross entropy, or one of them, over all deep supervision outputs.
 * Source: nnU-Net 2.8.1, compound_losses.py (DC_and_CE_loss, DC_and_BCE_loss), dice.py (MemoryEfficientSoftDiceLoss),
 * robust_ce_loss.py (TopKLoss), deep_supervision.py, and variants/loss of its trainers.
 */
#pragma once

#include <string>
#include <vector>

#include "trainer/torch.h"
#include "trainer/training/loss_settings.h"

namespace nnunet {

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
