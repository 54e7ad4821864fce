#include "trainer/training/metrics.h"

#include <cmath>

namespace nnunet {
namespace {

std::vector<int64_t> toVector(const torch::Tensor& counts) {
  const auto onCpu = counts.to(torch::kCPU, torch::kLong).contiguous();
  return {onCpu.const_data_ptr<int64_t>(), onCpu.const_data_ptr<int64_t>() + onCpu.numel()};
}

}  // namespace

void DiceCounts::add(const DiceCounts& other) {
  const auto addTo = [](std::vector<int64_t>& into, const std::vector<int64_t>& from) {
    into.resize(from.size(), 0);
    for (size_t i = 0; i < from.size(); ++i) into[i] += from[i];
  };
  addTo(truePositives, other.truePositives);
  addTo(falsePositives, other.falsePositives);
  addTo(falseNegatives, other.falseNegatives);
}

std::vector<double> DiceCounts::dice() const {
  std::vector<double> result;
  for (size_t i = 0; i < truePositives.size(); ++i) {
    const double doubled = 2.0 * static_cast<double>(truePositives[i]);
    const double denominator = doubled + static_cast<double>(falsePositives[i] + falseNegatives[i]);
    result.push_back(denominator == 0 ? std::nan("") : doubled / denominator);
  }
  return result;
}

DiceCounts countOverlap(const torch::Tensor& logits, const torch::Tensor& target, const LossSettings& settings) {
  const auto scores = logits.flatten(2);
  const auto truth = target.flatten(2);
  const int64_t channels = scores.size(1);
  if (settings.regions) {
    const auto valid = settings.ignoreLabel ? truth.narrow(1, channels, 1).eq(0)
                                            : torch::ones_like(truth.narrow(1, 0, 1), torch::kBool);
    const auto predicted = scores.gt(0).logical_and(valid);
    const auto wanted = truth.narrow(1, 0, channels).ne(0).logical_and(valid);
    const auto count = [](const torch::Tensor& mask) { return toVector(mask.sum(torch::IntArrayRef{0, 2})); };
    return {count(predicted & wanted), count(predicted & ~wanted), count(~predicted & wanted)};
  }
  // One histogram of (truth, prediction) pairs gives all three counts.
  auto labels = truth.flatten().to(torch::kLong);
  auto predicted = scores.argmax(1).flatten();
  if (settings.ignoreLabel) {
    const auto valid = labels.ne(*settings.ignoreLabel);
    labels = labels.masked_select(valid);
    predicted = predicted.masked_select(valid);
  }
  const auto pairs = torch::bincount(labels * channels + predicted, {}, channels * channels).view({channels, channels});
  const auto hits = pairs.diagonal();
  const auto foreground = [&](const torch::Tensor& counts) { return toVector(counts.narrow(0, 1, channels - 1)); };
  return {foreground(hits), foreground(pairs.sum(0) - hits), foreground(pairs.sum(1) - hits)};
}

}  // namespace nnunet
