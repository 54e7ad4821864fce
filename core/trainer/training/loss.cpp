#include "trainer/training/loss.h"

#include <map>

#include "trainer/device.h"
#include "trainer/events.h"
#include "trainer/training/fused_loss.h"

namespace nnunet {
namespace {

/** -mean of (2I + s) / max(G + P + s, 1e-8) over classes (and samples, unless batchDice). All (N, C, voxels). */
torch::Tensor softDice(const torch::Tensor& probabilities, const torch::Tensor& truth, const torch::Tensor& mask,
                       const LossSettings& settings) {
  auto intersection = (probabilities * truth * mask).sum(2);
  auto truthSum = (truth * mask).sum(2);
  auto predictedSum = (probabilities * mask).sum(2);
  if (settings.batchDice) {
    intersection = intersection.sum(0);
    truthSum = truthSum.sum(0);
    predictedSum = predictedSum.sum(0);
  }
  const double smooth = settings.smooth;
  return -((2 * intersection + smooth) / (truthSum + predictedSum + smooth).clamp_min(1e-8)).mean();
}

torch::Tensor composedLabels(const torch::Tensor& x, const torch::Tensor& target, const LossSettings& settings) {
  const int64_t classes = x.size(1);
  auto labels = target.flatten(2).squeeze(1).to(torch::kLong);
  auto valid = settings.ignoreLabel ? labels.ne(*settings.ignoreLabel) : torch::ones_like(labels, torch::kBool);
  labels = labels.masked_fill(~valid, 0);
  const auto mask = valid.unsqueeze(1).to(torch::kFloat);
  const auto truth = torch::one_hot(labels, classes).movedim(2, 1).to(torch::kFloat);
  const auto logProbabilities = torch::log_softmax(x, 1);
  const auto perVoxel = -(logProbabilities * truth).sum(1) * mask.squeeze(1);
  const auto crossEntropy = perVoxel.sum() / mask.sum().clamp_min(1);
  const auto foreground = torch::indexing::Slice(1, torch::indexing::None);
  const auto probabilities = torch::softmax(x, 1);
  const auto dice = softDice(probabilities.index({torch::indexing::Slice(), foreground}),
                             truth.index({torch::indexing::Slice(), foreground}), mask, settings);
  return settings.entropyWeight * crossEntropy + settings.diceWeight * dice;
}

torch::Tensor composedRegions(const torch::Tensor& x, const torch::Tensor& target, const LossSettings& settings) {
  const int64_t regions = x.size(1);
  const auto flat = target.flatten(2).to(torch::kFloat);
  const auto truth = flat.narrow(1, 0, regions);
  const auto mask = settings.ignoreLabel ? 1 - flat.narrow(1, regions, 1) : torch::ones_like(flat.narrow(1, 0, 1));
  const auto elements = torch::binary_cross_entropy_with_logits(x, truth, {}, {}, at::Reduction::None);
  // With an ignore label nnU-Net divides by the number of valid voxels, not of elements.
  const auto crossEntropy =
      settings.ignoreLabel ? (elements * mask).sum() / mask.sum().clamp_min(1e-8) : elements.mean();
  const auto dice = softDice(torch::sigmoid(x), truth, mask, settings);
  return settings.entropyWeight * crossEntropy + settings.diceWeight * dice;
}

/** Mean over the share of voxels with the largest cross entropy; ignored voxels count as voxels without any. */
torch::Tensor hardestCrossEntropy(const torch::Tensor& logits, const torch::Tensor& target,
                                  const LossSettings& settings) {
  const auto x = logits.to(torch::kFloat).flatten(2);
  const auto labels = target.flatten(2).squeeze(1).to(torch::kLong);
  const auto perVoxel = at::cross_entropy_loss(x, labels, /*weight=*/{}, at::Reduction::None,
                                               settings.ignoreLabel.value_or(-100), settings.labelSmoothing)
                            .flatten();
  const auto count = static_cast<int64_t>(static_cast<double>(perVoxel.numel()) * *settings.hardestShare);
  const auto [worst, places] = perVoxel.topk(std::max<int64_t>(1, count), 0, /*largest=*/true, /*sorted=*/false);
  return worst.mean();
}

/** Dice and the mean cross entropy, by the fastest way. */
torch::Tensor fusedOrComposed(const torch::Tensor& logits, const torch::Tensor& target, const LossSettings& settings) {
  if (!logits.device().is_cpu()) return composedDiceAndCrossEntropy(logits, target, settings);
  return fusedDiceAndCrossEntropy(logits, target, settings);
}

}  // namespace

LossSettings lossSettings(const std::string& name) {
  constexpr double tenth = 0.1;
  static const std::map<std::string, LossSettings> known{
      {"dice-ce", {}},
      {"dice", {.entropyWeight = 0}},
      {"ce", {.diceWeight = 0}},
      {"dice-ce-no-smooth", {.smooth = 0}},
      {"topk", {.diceWeight = 0, .entropyWeight = 0, .hardestShare = tenth}},
      {"topk-smoothed", {.diceWeight = 0, .entropyWeight = 0, .hardestShare = tenth, .labelSmoothing = 0.1}},
      {"dice-topk", {.entropyWeight = 0, .hardestShare = tenth}},
  };
  const auto found = known.find(name);
  if (found == known.end())
    throw CoreError("bad-job", "The loss " + name + " is unknown",
                    "The job file and the core belong to different versions: set the engine up again.");
  return found->second;
}

std::vector<double> deepSupervisionWeights(size_t outputs) {
  std::vector<double> weights(outputs);
  double sum = 0;
  for (size_t i = 0; i < outputs; ++i) {
    weights[i] = outputs > 1 && i + 1 == outputs ? 0.0 : std::pow(0.5, static_cast<double>(i));
    sum += weights[i];
  }
  for (auto& weight : weights) weight /= sum;
  return weights;
}

torch::Tensor composedDiceAndCrossEntropy(const torch::Tensor& logits, const torch::Tensor& target,
                                          const LossSettings& settings) {
  const auto x = logits.to(torch::kFloat).flatten(2);
  return settings.regions ? composedRegions(x, target, settings) : composedLabels(x, target, settings);
}

torch::Tensor diceAndCrossEntropy(const torch::Tensor& logits, const torch::Tensor& target,
                                  const LossSettings& settings) {
  if (!settings.hardestShare) return fusedOrComposed(logits, target, settings);
  const auto hardest = hardestCrossEntropy(logits, target, settings);
  return settings.hasDice() ? hardest + fusedOrComposed(logits, target, settings) : hardest;
}

torch::Tensor deepSupervisionLoss(const std::vector<torch::Tensor>& outputs, const std::vector<torch::Tensor>& targets,
                                  const std::vector<double>& weights, const LossSettings& settings) {
  const Float32Scope float32(outputs[0].device());
  torch::Tensor total;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (weights[i] == 0) continue;
    const auto term = diceAndCrossEntropy(outputs[i], targets[i], settings) * weights[i];
    total = total.defined() ? total + term : term;
  }
  return total;
}

}  // namespace nnunet
