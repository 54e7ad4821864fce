#include "trainer/training/fused_loss.h"

#include <ATen/Parallel.h>

#include "trainer/training/loss_kernels.h"

namespace nnunet {
namespace {

using kernels::kVoxelBlock;
/** Voxels of one task: fixed, so that sums do not depend on the number of threads. */
constexpr int64_t kTask = 16 * kVoxelBlock;

/** Scores (N, C, voxels) and targets (N, T, voxels) of one output, with what the settings make of them. */
struct Problem {
  const float* scores;
  const int16_t* target;
  int64_t samples, classes, targetChannels, voxels, tasks;
  bool regions, batchDice, ignores;
  int16_t ignoreLabel;

  Problem(const torch::Tensor& logits, const torch::Tensor& target, const LossSettings& settings)
      : scores(logits.const_data_ptr<float>()),
        target(target.const_data_ptr<int16_t>()),
        samples(logits.size(0)),
        classes(logits.size(1)),
        targetChannels(target.size(1)),
        voxels(logits.numel() / (samples * classes)),
        tasks((voxels + kTask - 1) / kTask),
        regions(settings.regions),
        batchDice(settings.batchDice),
        ignores(settings.ignoreLabel.has_value()),
        ignoreLabel(static_cast<int16_t>(settings.ignoreLabel.value_or(-1))) {
    TORCH_CHECK(target.numel() == samples * targetChannels * voxels, "The target's shape does not fit the scores");
  }
  const float* scoresAt(int64_t n, int64_t c, int64_t v) const { return scores + (n * classes + c) * voxels + v; }
  const int16_t* targetAt(int64_t n, int64_t channel, int64_t v) const {
    return target + (n * targetChannels + channel) * voxels + v;
  }
  /** The target row that class c is compared with, and the value that means "true" there. */
  const int16_t* truthAt(int64_t n, int64_t c, int64_t v) const { return targetAt(n, regions ? c : 0, v); }
  int16_t truthValue(int64_t c) const { return static_cast<int16_t>(regions ? 1 : c); }

  void maskOf(int64_t n, int64_t v, int64_t count, float* mask) const {
    std::fill_n(mask, count, 1.f);
    if (!ignores) return;
    const int16_t* row = regions ? targetAt(n, classes, v) : targetAt(n, 0, v);
    const int16_t ignored = regions ? 1 : ignoreLabel;
    for (int64_t i = 0; i < count; ++i)
      if (row[i] == ignored) mask[i] = 0.f;
  }
  void probabilitiesOf(int64_t n, int64_t v, int64_t count, float* probabilities, float* logSum) const {
    if (!regions) return kernels::softmaxBlock(scoresAt(n, 0, v), voxels, classes, count, probabilities, logSum);
    for (int64_t c = 0; c < classes; ++c)
      kernels::sigmoidBlock(scoresAt(n, c, v), count, probabilities + c * kVoxelBlock);
  }
  /** Calls body(sample, task, first voxel, count) for blocks of voxels, in parallel over tasks. */
  template <class Body>
  void forEachBlock(const Body& body) const {
    at::parallel_for(0, samples * tasks, 1, [&](int64_t begin, int64_t end) {
      std::vector<float> probabilities(classes * kVoxelBlock);
      for (int64_t i = begin; i < end; ++i) {
        const int64_t first = i % tasks * kTask, last = std::min(voxels, first + kTask);
        for (int64_t v = first; v < last; v += kVoxelBlock)
          body(i / tasks, i, v, std::min(kVoxelBlock, last - v), probabilities.data());
      }
    });
  }
};

/** What the value needs of every class and sample, and the gradient again. */
struct Sums {
  std::vector<double> intersection, truth, predicted;  // (N, C)
  double entropy = 0, valid = 0;
};

Sums accumulate(const Problem& problem) {
  const int64_t width = 3 * problem.classes + 2;
  std::vector<double> partial(problem.samples * problem.tasks * width, 0.0);
  problem.forEachBlock([&](int64_t n, int64_t task, int64_t v, int64_t count, float* probabilities) {
    alignas(64) float mask[kVoxelBlock], logSum[kVoxelBlock];
    double* sums = partial.data() + task * width;
    problem.maskOf(n, v, count, mask);
    problem.probabilitiesOf(n, v, count, probabilities, logSum);
    for (int64_t c = 0; c < problem.classes; ++c) {
      float block[3] = {};
      kernels::diceSums(probabilities + c * kVoxelBlock, problem.truthAt(n, c, v), problem.truthValue(c), mask, count,
                        block);
      for (int i = 0; i < 3; ++i) sums[3 * c + i] += block[i];
      if (problem.regions) {
        const float* x = problem.scoresAt(n, c, v);
        const int16_t* t = problem.truthAt(n, c, v);
        for (int64_t i = 0; i < count; ++i)
          sums[width - 2] +=
              mask[i] * (std::max(x[i], 0.f) - (t[i] ? x[i] : 0.f) + std::log1p(std::exp(-std::abs(x[i]))));
      }
    }
    const int16_t* labels = problem.targetAt(n, 0, v);
    for (int64_t i = 0; i < count; ++i) {
      if (mask[i] == 0.f) continue;
      sums[width - 1] += 1;
      TORCH_CHECK(problem.regions || (labels[i] >= 0 && labels[i] < problem.classes),
                  "A label of the training data is ", labels[i], ", but the network knows 0 to ", problem.classes - 1);
      if (!problem.regions) sums[width - 2] += logSum[i] - *problem.scoresAt(n, labels[i], v + i);
    }
  });
  Sums result;
  for (auto* list : {&result.intersection, &result.truth, &result.predicted})
    list->assign(problem.samples * problem.classes, 0.0);
  for (int64_t task = 0; task < problem.samples * problem.tasks; ++task) {
    const double* sums = partial.data() + task * width;
    for (int64_t c = 0; c < problem.classes; ++c) {
      const int64_t i = task / problem.tasks * problem.classes + c;
      result.intersection[i] += sums[3 * c];
      result.truth[i] += sums[3 * c + 1];
      result.predicted[i] += sums[3 * c + 2];
    }
    result.entropy += sums[width - 2];
    result.valid += sums[width - 1];
  }
  if (problem.batchDice) {  // every sample gets the sums of the batch
    for (auto* list : {&result.intersection, &result.truth, &result.predicted})
      for (int64_t c = 0; c < problem.classes; ++c) {
        double sum = 0;
        for (int64_t n = 0; n < problem.samples; ++n) sum += (*list)[n * problem.classes + c];
        for (int64_t n = 0; n < problem.samples; ++n) (*list)[n * problem.classes + c] = sum;
      }
  }
  return result;
}

/** Voxels (or elements) that the cross entropy is averaged over. */
double entropyCount(const Problem& problem, const Sums& sums) {
  if (problem.regions && !problem.ignores)
    return static_cast<double>(problem.samples * problem.classes * problem.voxels);
  return problem.regions ? std::max(sums.valid, 1e-8) : std::max(sums.valid, 1.0);
}

class FusedDiceAndCrossEntropy : public torch::autograd::Function<FusedDiceAndCrossEntropy> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& input,
                               const torch::Tensor& targetInput, bool regions, bool batchDice, int64_t ignoreLabel,
                               double diceWeight, double entropyWeight, double smooth) {
    const auto logits = input.to(torch::kFloat).contiguous();
    const auto target = targetInput.contiguous();
    LossSettings settings{.regions = regions, .batchDice = batchDice};
    if (ignoreLabel >= 0) settings.ignoreLabel = static_cast<int>(ignoreLabel);
    const Problem problem(logits, target, settings);
    const Sums sums = accumulate(problem);

    // Dice ratios, and per class and sample the derivative of the loss by a probability where the target is (not) true.
    const int64_t first = regions ? 0 : 1, count = problem.classes - first;
    const double terms = static_cast<double>(count * (batchDice ? 1 : problem.samples));
    auto derivatives = torch::zeros({problem.samples, 2, problem.classes});
    auto derivative = derivatives.accessor<float, 3>();
    double dice = 0;
    for (int64_t n = 0; n < problem.samples; ++n)
      for (int64_t c = first; c < problem.classes; ++c) {
        const int64_t i = n * problem.classes + c;
        const double numerator = 2 * sums.intersection[i] + smooth;
        const double denominator = std::max(sums.truth[i] + sums.predicted[i] + smooth, 1e-8);
        if (!batchDice || n == 0) dice += numerator / denominator;
        const double byPredicted = diceWeight * numerator / (denominator * denominator) / terms;
        derivative[n][0][c] = static_cast<float>(byPredicted - diceWeight * 2 / denominator / terms);
        derivative[n][1][c] = static_cast<float>(byPredicted);
      }
    const double entropies = entropyCount(problem, sums);
    context->save_for_backward({logits, target, derivatives});
    context->saved_data["regions"] = regions;
    context->saved_data["ignoreLabel"] = ignoreLabel;
    context->saved_data["entropyScale"] = entropyWeight / entropies;
    context->saved_data["type"] = static_cast<int64_t>(input.scalar_type());
    return torch::tensor(entropyWeight * sums.entropy / entropies - diceWeight * dice / terms, torch::kFloat);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& logits = saved[0];
    LossSettings settings{.regions = context->saved_data["regions"].toBool()};
    if (const int64_t label = context->saved_data["ignoreLabel"].toInt(); label >= 0)
      settings.ignoreLabel = static_cast<int>(label);
    const Problem problem(logits, saved[1], settings);
    const auto entropyScale = static_cast<float>(context->saved_data["entropyScale"].toDouble());
    const auto outer = gradients[0].item<float>();
    const float* derivatives = saved[2].const_data_ptr<float>();
    auto result = torch::empty_like(logits);
    float* gradient = result.data_ptr<float>();
    problem.forEachBlock([&](int64_t n, int64_t, int64_t v, int64_t count, float* probabilities) {
      alignas(64) float mask[kVoxelBlock], logSum[kVoxelBlock];
      problem.maskOf(n, v, count, mask);
      problem.probabilitiesOf(n, v, count, probabilities, logSum);
      const float* whenTrue = derivatives + n * 2 * problem.classes;
      const float* whenFalse = whenTrue + problem.classes;
      float* target = gradient + n * problem.classes * problem.voxels + v;
      if (!problem.regions) {
        kernels::softmaxGradient(probabilities, problem.targetAt(n, 0, v), mask, problem.classes, count, whenTrue,
                                 whenFalse, entropyScale, outer, target, problem.voxels);
        return;
      }
      for (int64_t c = 0; c < problem.classes; ++c)
        kernels::sigmoidGradient(probabilities + c * kVoxelBlock, problem.truthAt(n, c, v), mask, count, whenTrue[c],
                                 whenFalse[c], entropyScale, outer, target + c * problem.voxels);
    });
    const auto type = static_cast<torch::ScalarType>(context->saved_data["type"].toInt());
    return {result.to(type), {}, {}, {}, {}, {}, {}, {}};
  }
};

}  // namespace

torch::Tensor fusedDiceAndCrossEntropy(const torch::Tensor& logits, const torch::Tensor& target,
                                       const LossSettings& settings) {
  return FusedDiceAndCrossEntropy::apply(logits, target, settings.regions, settings.batchDice,
                                         static_cast<int64_t>(settings.ignoreLabel.value_or(-1)), settings.diceWeight,
                                         settings.entropyWeight, settings.smooth);
}

}  // namespace nnunet
