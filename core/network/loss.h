/**
 * nnU-Net's losses over one output: soft Dice, and cross entropy over all voxels or over the hardest ones.
 * Source: nnU-Net 2.8.1, compound_losses.py, dice.py (MemoryEfficientSoftDiceLoss), robust_ce_loss.py (TopKLoss).
 */
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace nnunet {

struct LossSettings {
  bool regions = false;    ///< sigmoid and binary cross entropy over overlapping regions
  bool batchDice = false;  ///< sum over the batch before the Dice ratio
  /** Labels mode: its value; regions mode: any value says that the last target channel marks it. */
  std::optional<int> ignoreLabel = {};
  double diceWeight = 1, entropyWeight = 1;
  double smooth = 1e-5;  ///< added above and below in the Dice ratio
  /** Besides, weight 1: the mean cross entropy over this share of the voxels, those where it is largest. Labels only.
   */
  std::optional<double> hardestShare = {};
  double labelSmoothing = 0;  ///< of that cross entropy

  bool hasDice() const { return diceWeight > 0; }
};

}  // namespace nnunet

namespace nnunet::network {

/** Scores (samples, classes, voxels), and targets (samples, 1, voxels) or (samples, regions (+ 1), voxels). */
struct LossInput {
  const float* scores;
  const int16_t* target;
  int64_t samples, classes, voxels;
};

/** Runs body for each piece in [0, pieces), in any order, on several threads. */
using Parallel = std::function<void(int64_t pieces, const std::function<void(int64_t piece)>& body)>;

/** A label of the target that the scores have no class for. */
struct UnknownLabel {
  int label;
};

/** The value, and what the gradient needs to know of all voxels together. */
struct LossResult {
  double value = 0;
  std::vector<float> derivatives;  ///< (samples, 2, classes): of Dice by a probability, where the target is (not) true
  double entropyScale = 0;         ///< of a voxel, in the mean cross entropy
  double hardestScale = 0;         ///< of one of the hardest voxels
  float hardest = 0;               ///< cross entropy of the easiest of these
  int64_t lastOfHardest = 0;       ///< the last of these among voxels that are exactly as hard
};

/** Sums are made in a fixed order, whatever runs in parallel. Throws UnknownLabel. */
LossResult lossOf(const LossInput& input, const LossSettings& settings, const Parallel& parallel);

/** gradient (as the scores) = factor * gradient of the loss by each score */
void lossGradient(const LossInput& input, const LossSettings& settings, const LossResult& loss, float factor,
                  float* gradient, const Parallel& parallel);

/** 1, 1/2, 1/4, ... with the lowest resolution at 0, normalised to a sum of 1 (one output: just 1). */
std::vector<double> outputWeights(size_t outputs);

}  // namespace nnunet::network
