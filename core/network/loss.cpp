#include "network/loss.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "network/kernels/loss.h"

namespace nnunet::network {
namespace {

using kernels::kVoxelBlock;
/** Voxels of one piece: fixed, so that sums do not depend on the number of threads. */
constexpr int64_t kPiece = 16 * kVoxelBlock;

/** The input with what the settings makes of it. */
struct Problem {
  const LossInput& input;
  const LossSettings& settings;
  int64_t targetChannels, pieces;

  Problem(const LossInput& input, const LossSettings& settings)
      : input(input),
        settings(settings),
        targetChannels(settings.regions ? input.classes + (settings.ignoreLabel ? 1 : 0) : 1),
        pieces((input.voxels + kPiece - 1) / kPiece) {}

  int64_t firstClass() const { return settings.regions ? 0 : 1; }
  bool takesHardest() const { return settings.hardestShare.has_value(); }
  const float* scoresAt(int64_t n, int64_t c, int64_t v) const {
    return input.scores + (n * input.classes + c) * input.voxels + v;
  }
  const int16_t* targetAt(int64_t n, int64_t channel, int64_t v) const {
    return input.target + (n * targetChannels + channel) * input.voxels + v;
  }
  /** The target row that class c is compared with, and the value that means "true" there. */
  const int16_t* truthAt(int64_t n, int64_t c, int64_t v) const { return targetAt(n, settings.regions ? c : 0, v); }
  int16_t truthValue(int64_t c) const { return static_cast<int16_t>(settings.regions ? 1 : c); }

  void maskOf(int64_t n, int64_t v, int64_t count, float* mask) const {
    std::fill_n(mask, count, 1.f);
    if (!settings.ignoreLabel) return;
    const int16_t* row = settings.regions ? targetAt(n, input.classes, v) : targetAt(n, 0, v);
    const auto ignored = static_cast<int16_t>(settings.regions ? 1 : *settings.ignoreLabel);
    for (int64_t i = 0; i < count; ++i)
      if (row[i] == ignored) mask[i] = 0.f;
  }
  void probabilitiesOf(int64_t n, int64_t v, int64_t count, float* probabilities, float* logSum) const {
    if (!settings.regions)
      return kernels::softmaxBlock(scoresAt(n, 0, v), input.voxels, input.classes, count, probabilities, logSum);
    for (int64_t c = 0; c < input.classes; ++c)
      kernels::sigmoidBlock(scoresAt(n, c, v), count, probabilities + c * kVoxelBlock);
  }
  /** Cross entropy of a voxel whose label counts. */
  float entropyOf(int64_t n, int64_t v, int16_t label, float logSum) const { return logSum - *scoresAt(n, label, v); }
  /** The same with the label smoothed: a part of its weight goes to all classes alike. */
  float smoothedEntropyOf(int64_t n, int64_t v, int16_t label, float logSum) const {
    const float own = entropyOf(n, v, label, logSum);
    if (settings.labelSmoothing == 0) return own;
    double all = 0;
    for (int64_t c = 0; c < input.classes; ++c) all += logSum - *scoresAt(n, c, v);
    const double share = settings.labelSmoothing;
    return static_cast<float>((1 - share) * own + share * all / static_cast<double>(input.classes));
  }

  /** Calls body(sample, piece, first voxel, count, memory for probabilities) for blocks of voxels. */
  template <class Body>
  void forEachBlock(const Parallel& parallel, const Body& body) const {
    parallel(input.samples * pieces, [&](int64_t piece) {
      std::vector<float> probabilities(input.classes * kVoxelBlock);
      const int64_t first = piece % pieces * kPiece, last = std::min(input.voxels, first + kPiece);
      for (int64_t v = first; v < last; v += kVoxelBlock)
        body(piece / pieces, piece, v, std::min(kVoxelBlock, last - v), probabilities.data());
    });
  }
};

/** Sums over all voxels: per sample and class for Dice, of the whole batch for the cross entropy. */
struct Sums {
  std::vector<double> intersection, truth, predicted;  // (samples, classes)
  double entropy = 0, valid = 0;
};

/** Sums of one block of voxels, added to `sums`: three per class, then cross entropy and voxels that count. */
void addBlock(const Problem& problem, int64_t n, int64_t v, int64_t count, float* probabilities, double* sums,
              float* entropies) {
  alignas(64) float mask[kVoxelBlock], logSum[kVoxelBlock];
  const int64_t classes = problem.input.classes;
  double& entropy = sums[3 * classes];
  double& valid = sums[3 * classes + 1];
  problem.maskOf(n, v, count, mask);
  problem.probabilitiesOf(n, v, count, probabilities, logSum);
  const int16_t* labels = problem.targetAt(n, 0, v);
  if (!problem.settings.regions)
    for (int64_t i = 0; i < count; ++i)
      if (mask[i] != 0.f && (labels[i] < 0 || labels[i] >= classes)) throw UnknownLabel{labels[i]};
  for (int64_t c = 0; c < classes; ++c) {
    float block[3] = {};
    kernels::diceSums(probabilities + c * kVoxelBlock, problem.truthAt(n, c, v), problem.truthValue(c), mask, count,
                      block);
    for (int i = 0; i < 3; ++i) sums[3 * c + i] += block[i];
    if (!problem.settings.regions) continue;
    const float* x = problem.scoresAt(n, c, v);
    const int16_t* t = problem.truthAt(n, c, v);
    for (int64_t i = 0; i < count; ++i)
      entropy += mask[i] * (std::max(x[i], 0.f) - (t[i] ? x[i] : 0.f) + std::log1p(std::exp(-std::abs(x[i]))));
  }
  for (int64_t i = 0; i < count; ++i) {
    if (entropies) entropies[i] = 0;
    if (mask[i] == 0.f) continue;
    valid += 1;
    if (problem.settings.regions) continue;
    entropy += problem.entropyOf(n, v + i, labels[i], logSum[i]);
    if (entropies) entropies[i] = problem.smoothedEntropyOf(n, v + i, labels[i], logSum[i]);
  }
}

Sums sumsOf(const Problem& problem, const Parallel& parallel, std::vector<float>& entropies) {
  const auto& input = problem.input;
  const int64_t classes = input.classes, width = 3 * classes + 2;
  std::vector<double> partial(input.samples * problem.pieces * width, 0.0);
  if (problem.takesHardest()) entropies.resize(input.samples * input.voxels);
  problem.forEachBlock(parallel, [&](int64_t n, int64_t piece, int64_t v, int64_t count, float* probabilities) {
    addBlock(problem, n, v, count, probabilities, partial.data() + piece * width,
             entropies.empty() ? nullptr : entropies.data() + n * input.voxels + v);
  });
  Sums result;
  for (auto* list : {&result.intersection, &result.truth, &result.predicted})
    list->assign(input.samples * classes, 0.0);
  for (int64_t piece = 0; piece < input.samples * problem.pieces; ++piece) {
    const double* sums = partial.data() + piece * width;
    for (int64_t c = 0; c < classes; ++c) {
      const int64_t i = piece / problem.pieces * classes + c;
      result.intersection[i] += sums[3 * c];
      result.truth[i] += sums[3 * c + 1];
      result.predicted[i] += sums[3 * c + 2];
    }
    result.entropy += sums[width - 2];
    result.valid += sums[width - 1];
  }
  if (!problem.settings.batchDice) return result;
  for (auto* list : {&result.intersection, &result.truth, &result.predicted})
    for (int64_t c = 0; c < classes; ++c) {
      double sum = 0;
      for (int64_t n = 0; n < input.samples; ++n) sum += (*list)[n * classes + c];
      for (int64_t n = 0; n < input.samples; ++n) (*list)[n * classes + c] = sum;
    }
  return result;
}

/** Mean of the Dice ratios, and the derivatives of its negative. */
double diceOf(const Problem& problem, const Sums& sums, std::vector<float>& derivatives) {
  const int64_t samples = problem.input.samples, classes = problem.input.classes, first = problem.firstClass();
  const double terms = static_cast<double>((classes - first) * (problem.settings.batchDice ? 1 : samples));
  derivatives.assign(samples * 2 * classes, 0.f);
  double dice = 0;
  for (int64_t n = 0; n < samples; ++n)
    for (int64_t c = first; c < classes; ++c) {
      const int64_t i = n * classes + c;
      const double numerator = 2 * sums.intersection[i] + problem.settings.smooth;
      const double denominator = std::max(sums.truth[i] + sums.predicted[i] + problem.settings.smooth, 1e-8);
      if (!problem.settings.batchDice || n == 0) dice += numerator / denominator;
      const double byPredicted = numerator / (denominator * denominator) / terms;
      float* derivative = derivatives.data() + n * 2 * classes + c;
      derivative[0] = static_cast<float>(problem.settings.diceWeight * (byPredicted - 2 / denominator / terms));
      derivative[classes] = static_cast<float>(problem.settings.diceWeight * byPredicted);
    }
  return dice / terms;
}

/** Voxels (or elements) that the cross entropy is averaged over. */
double entropyCount(const Problem& problem, const Sums& sums) {
  const auto& input = problem.input;
  if (problem.settings.regions && !problem.settings.ignoreLabel)
    return static_cast<double>(input.samples * input.classes * input.voxels);
  return problem.settings.regions ? std::max(sums.valid, 1e-8) : std::max(sums.valid, 1.0);
}

/** Finds the hardest voxels: all above a bound, and the first ones that are exactly as hard as it. @returns their sum
 */
double takeHardest(const std::vector<float>& entropies, int64_t count, LossResult& result) {
  if (std::ranges::any_of(entropies, [](float value) { return std::isnan(value); })) return std::nan("");  // no order
  std::vector<float> ordered = entropies;
  std::nth_element(ordered.begin(), ordered.begin() + (count - 1), ordered.end(), std::greater<>());
  result.hardest = ordered[count - 1];
  double sum = 0;
  int64_t left = count;
  for (const float value : entropies)
    if (value > result.hardest) {
      sum += value;
      --left;
    }
  for (size_t i = 0; i < entropies.size() && left > 0; ++i)
    if (entropies[i] == result.hardest) {
      sum += entropies[i];
      --left;
      result.lastOfHardest = static_cast<int64_t>(i);
    }
  return sum;
}

/** The part of the gradient that only the hardest voxels have. */
void addHardest(const Problem& problem, const LossResult& loss, int64_t n, int64_t v, int64_t count, const float* mask,
                const float* probabilities, const float* logSum, float factor, float* gradient) {
  const int16_t* labels = problem.targetAt(n, 0, v);
  const auto scale = factor * static_cast<float>(loss.hardestScale);
  const auto everywhere =
      static_cast<float>(problem.settings.labelSmoothing / static_cast<double>(problem.input.classes));
  const auto own = static_cast<float>(1 - problem.settings.labelSmoothing);
  for (int64_t i = 0; i < count; ++i) {
    if (mask[i] == 0.f) continue;
    const float entropy = problem.smoothedEntropyOf(n, v + i, labels[i], logSum[i]);
    const bool counts =
        entropy > loss.hardest || (entropy == loss.hardest && n * problem.input.voxels + v + i <= loss.lastOfHardest);
    if (!counts) continue;
    for (int64_t c = 0; c < problem.input.classes; ++c)
      gradient[c * problem.input.voxels + i] +=
          scale * (probabilities[c * kVoxelBlock + i] - everywhere - (labels[i] == c ? own : 0.f));
  }
}

}  // namespace

LossResult lossOf(const LossInput& input, const LossSettings& settings, const Parallel& parallel) {
  const Problem problem(input, settings);
  std::vector<float> entropies;
  const Sums sums = sumsOf(problem, parallel, entropies);
  LossResult result;
  const double dice = diceOf(problem, sums, result.derivatives);
  const double count = entropyCount(problem, sums);
  result.entropyScale = settings.entropyWeight / count;
  result.value = settings.entropyWeight * sums.entropy / count - settings.diceWeight * dice;
  if (problem.takesHardest()) {
    const auto voxels = static_cast<double>(entropies.size());
    const auto hardest = std::max<int64_t>(1, static_cast<int64_t>(voxels * *settings.hardestShare));
    result.hardestScale = 1.0 / static_cast<double>(hardest);
    result.value += takeHardest(entropies, hardest, result) * result.hardestScale;
  }
  return result;
}

void lossGradient(const LossInput& input, const LossSettings& settings, const LossResult& loss, float factor,
                  float* gradient, const Parallel& parallel) {
  const Problem problem(input, settings);
  const int64_t classes = input.classes;
  const auto entropyScale = static_cast<float>(loss.entropyScale);
  problem.forEachBlock(parallel, [&](int64_t n, int64_t, int64_t v, int64_t count, float* probabilities) {
    alignas(64) float mask[kVoxelBlock], logSum[kVoxelBlock];
    problem.maskOf(n, v, count, mask);
    problem.probabilitiesOf(n, v, count, probabilities, logSum);
    const float* whenTrue = loss.derivatives.data() + n * 2 * classes;
    const float* whenFalse = whenTrue + classes;
    float* target = gradient + n * classes * input.voxels + v;
    if (settings.regions) {
      for (int64_t c = 0; c < classes; ++c)
        kernels::sigmoidGradient(probabilities + c * kVoxelBlock, problem.truthAt(n, c, v), mask, count, whenTrue[c],
                                 whenFalse[c], entropyScale, factor, target + c * input.voxels);
      return;
    }
    kernels::softmaxGradient(probabilities, problem.targetAt(n, 0, v), mask, classes, count, whenTrue, whenFalse,
                             entropyScale, factor, target, input.voxels);
    if (problem.takesHardest()) addHardest(problem, loss, n, v, count, mask, probabilities, logSum, factor, target);
  });
}

std::vector<double> outputWeights(size_t outputs) {
  std::vector<double> weights(outputs);
  double sum = 0;
  for (size_t i = 0; i < outputs; ++i) {
    weights[i] = outputs > 1 && i + 1 == outputs ? 0.0 : std::pow(0.5, static_cast<double>(i));
    sum += weights[i];
  }
  for (auto& weight : weights) weight /= sum;
  return weights;
}

}  // namespace nnunet::network
