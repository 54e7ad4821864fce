#include "trainer/augment/cascade.h"

#include <algorithm>
#include <numeric>

#include "voxels/simd.h"

namespace nnunet::augment {
namespace {

NNUNET_SIMD void indicate(const int16_t* labels, int64_t count, int16_t label, float* target) {
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) target[i] = labels[i] == label ? 1.0f : 0.0f;
}

std::vector<int64_t> shuffled(Random& random, int64_t count) {
  std::vector<int64_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  for (int64_t i = count - 1; i > 0; --i) std::swap(order[i], order[random.below(i + 1)]);
  return order;
}

}  // namespace

void appendOneHot(Sample& sample, const std::vector<int>& labels) {
  const int64_t first = sample.image.channels;
  sample.image.channels += static_cast<int64_t>(labels.size());
  for (size_t i = 0; i < labels.size(); ++i)
    indicate(sample.segmentation.channel(1), sample.segmentation.voxels(), static_cast<int16_t>(labels[i]),
             sample.image.channel(first + static_cast<int64_t>(i)));
  sample.segmentation.channels = 1;
}

OperatorParameters drawOperators(Random& random, const AugmentSettings& settings, int64_t labels) {
  OperatorParameters parameters;
  for (const int64_t label : shuffled(random, labels)) {
    if (!random.chance(settings.operatorLabelProbability)) continue;
    const auto op = static_cast<MorphologyOperator>(random.below(4));
    parameters.steps.push_back({label, op, random.uniform(settings.operatorRadius)});
  }
  return parameters;
}

void applyOperators(const Grid<float>& oneHot, int dims, const OperatorParameters& parameters) {
  BitVolume before, after, scratch;
  for (const auto& step : parameters.steps) {
    before.resize(oneHot.shape);
    toBits(oneHot.channel(step.label), before);
    applyMorphology(before, step.op, roundElement(dims, step.radius), after, scratch);
    const auto [depth, height, width] = oneHot.shape;
    for (int64_t row = 0; row < depth * height; ++row)
      for (int64_t x = 0; x < width; ++x) {
        const int64_t word = row * after.words + x / 64;
        const bool is = after.bits[word] >> (x % 64) & 1, was = before.bits[word] >> (x % 64) & 1;
        const int64_t voxel = row * width + x;
        if (is && !was)
          for (int64_t other = 0; other < oneHot.channels; ++other) oneHot.channel(other)[voxel] = 0;
        oneHot.channel(step.label)[voxel] = is ? 1.0f : 0.0f;
      }
  }
}

RemoveComponentParameters drawRemoveComponent(Random& random, const AugmentSettings& settings, int64_t labels) {
  RemoveComponentParameters parameters;
  parameters.largestShare = settings.removeComponentLargestShare;
  for (const int64_t label : shuffled(random, labels))
    if (random.chance(settings.removeComponentLabelProbability)) parameters.steps.push_back({label, random.uniform()});
  return parameters;
}

void applyRemoveComponent(const Grid<float>& oneHot, const RemoveComponentParameters& parameters) {
  BitVolume volume;
  const double limit = static_cast<double>(oneHot.voxels()) * parameters.largestShare;
  for (const auto& step : parameters.steps) {
    volume.resize(oneHot.shape);
    toBits(oneHot.channel(step.label), volume);
    std::vector<Component> components = connectedComponents(volume);
    std::erase_if(components,
                  [&](const Component& component) { return static_cast<double>(component.voxels) >= limit; });
    if (components.empty()) continue;
    const auto& chosen = components[static_cast<size_t>(step.choice * static_cast<double>(components.size()))];
    for (const auto& run : chosen.runs.runs) {
      float* row = oneHot.channel(step.label) + (run.z * oneHot.shape[1] + run.y) * oneHot.shape[2];
      std::fill(row + run.first, row + run.last + 1, 0.0f);
    }
  }
}

}  // namespace nnunet::augment
