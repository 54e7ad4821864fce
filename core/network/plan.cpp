#include "network/plan.h"

#include <algorithm>
#include <stdexcept>

#include "network/plan_backward.h"

namespace nnunet::network {
namespace {

constexpr float kSlope = 0.01f;

/** z, y, x of a list that has two or three axes. */
Axes axesOf(const std::vector<int64_t>& sizes) {
  Axes axes{1, 1, 1};
  std::copy_backward(sizes.begin(), sizes.end(), axes.end());
  return axes;
}

class ForwardPlanner {
 public:
  ForwardPlanner(NetworkPlan& plan, const PlanRequest& request)
      : plan_(plan), a_(plan.architecture), request_(request) {}

  void run() {
    const size_t stages = a_.stages(), levels = stages - 1;
    plan_.scores.resize(request_.heads);
    Axes extent = axesOf(request_.patch);
    Part x = value("image", a_.inputChannels, extent, /*kept=*/true);
    emit({.kind = StepKind::load, .writes = {x}});
    if (a_.residualEncoder) x = unit("encoder.stem.convs.0", x, a_.features[0], a_.kernelSizes[0], {});

    std::vector<Part> joined;  // per level: upsampled features, then the skip's
    for (size_t stage = 0; stage < stages; ++stage) {
      const Axes stride = axesOf(a_.strides[stage]);
      for (int axis = 0; axis < 3; ++axis) extent[axis] /= stride[axis];
      const int64_t features = a_.features[stage];
      Part target;
      if (stage < levels) {
        joined.push_back(value("skip " + std::to_string(stage), 2 * features, extent, a_.residualEncoder));
        target = {joined.back().value, features, features};
      }
      const std::string prefix = "encoder.stages." + std::to_string(stage);
      for (int64_t i = 0; i < a_.encoderUnits[stage]; ++i) {
        const Part out = i + 1 == a_.encoderUnits[stage] ? target : Part{};
        const std::vector<int64_t> step = i == 0 ? a_.strides[stage] : std::vector<int64_t>{};
        x = a_.residualEncoder
                ? block(prefix + ".blocks." + std::to_string(i), x, features, a_.kernelSizes[stage], step, out)
                : unit(prefix + ".0.convs." + std::to_string(i), x, features, a_.kernelSizes[stage], step, out);
      }
    }
    for (size_t j = 0; j < levels; ++j) {
      const size_t level = levels - 1 - j;
      upsample("decoder.transpconvs." + std::to_string(j), x, joined[level], axesOf(a_.strides[level + 1]));
      x = joined[level];
      for (int64_t i = 0; i < a_.decoderUnits[j]; ++i)
        x = unit("decoder.stages." + std::to_string(j) + ".convs." + std::to_string(i), x, a_.features[level],
                 a_.kernelSizes[level], {});
      if (level < request_.heads) head("decoder.seg_layers." + std::to_string(j), x, level);
    }
  }

 private:
  Part value(const std::string& name, int64_t channels, const Axes& extent, bool kept = false,
             Layout layout = Layout::volume) {
    plan_.values.push_back({name, {layout, request_.samples, channels, extent, {0, 0, 0}}, kept});
    return {static_cast<int>(plan_.values.size()) - 1, 0, channels};
  }
  const Shape& shapeOf(const Part& part) const { return plan_.values[part.value].shape; }
  void emit(Step step) { plan_.forward.push_back(std::move(step)); }

  int layer(const std::string& name, const std::string& weights, const Part& input, int64_t out, const Axes& kernel,
            const Axes& stride) {
    Layer layer{name, input.channels, out, kernel, stride};
    const auto& parameters = plan_.parameters;
    layer.weight = parameters.find(weights + ".weight");
    layer.bias = parameters.find(weights + ".bias");
    layer.normWeight = parameters.find(name + ".norm.weight");
    layer.normBias = parameters.find(name + ".norm.bias");
    layer.runningMean = plan_.runningStatistics.find(name + ".norm.running_mean");
    plan_.layers.push_back(layer);
    return static_cast<int>(plan_.layers.size()) - 1;
  }

  struct Sums {
    int layer;
    Part sums, table;
  };
  /** Convolution and the statistics of what it gives. */
  Sums convolve(const std::string& name, const Part& input, int64_t out, const std::vector<int64_t>& kernel,
                const std::vector<int64_t>& stride) {
    const Axes step = axesOf(stride);
    const int number = layer(name, name + ".conv", input, out, axesOf(kernel), step);
    Axes extent = shapeOf(input).extent;
    for (int axis = 0; axis < 3; ++axis) extent[axis] /= step[axis];
    const Part sums = value(name + " sums", out, extent, /*kept=*/true);
    const Part table = value(name + " statistics", 4 * out, {1, 1, 1}, /*kept=*/true, Layout::table);
    emit({.kind = StepKind::convolve, .layer = number, .reads = {input}, .writes = {sums}});
    emit({.kind = StepKind::statistics, .layer = number, .reads = {sums}, .writes = {table}});
    return {number, sums, table};
  }
  Part normalise(const Sums& from, float slope, const Part& addend, Part target, bool kept) {
    if (!target.exists())
      target = value(plan_.layers[from.layer].name, from.sums.channels, shapeOf(from.sums).extent, kept);
    Step step{.kind = StepKind::normalise, .layer = from.layer, .reads = {from.sums, from.table}, .writes = {target}};
    step.slope = slope;
    if (addend.exists()) step.reads.push_back(addend);
    emit(std::move(step));
    return target;
  }
  Part unit(const std::string& name, const Part& input, int64_t out, const std::vector<int64_t>& kernel,
            const std::vector<int64_t>& stride, const Part& target = {}) {
    return normalise(convolve(name, input, out, kernel, stride), kSlope, {}, target, false);
  }
  /** BasicBlockD: two units and a skip path (averages and/or a 1x1 unit), added before the last leaky ReLU. */
  Part block(const std::string& name, const Part& input, int64_t out, const std::vector<int64_t>& kernel,
             const std::vector<int64_t>& stride, const Part& target) {
    const Part middle = unit(name + ".conv1", input, out, kernel, stride);
    const Sums second = convolve(name + ".conv2", middle, out, kernel, {});
    Part skip = input;
    const Axes step = axesOf(stride);
    const bool pools = product(step) > 1;
    if (pools) {
      Axes extent = shapeOf(input).extent;
      for (int axis = 0; axis < 3; ++axis) extent[axis] /= step[axis];
      const Part pooled = value(name + " pooled", input.channels, extent);
      plan_.layers.push_back({name + " pooled", input.channels, input.channels, step, step});
      emit({.kind = StepKind::pool,
            .layer = static_cast<int>(plan_.layers.size()) - 1,
            .reads = {skip},
            .writes = {pooled}});
      skip = pooled;
    }
    if (input.channels != out)
      skip = normalise(convolve(name + (pools ? ".skip.1" : ".skip.0"), skip, out, {}, {}), 1, {}, {}, false);
    return normalise(second, kSlope, skip, target, /*kept=*/true);
  }
  void upsample(const std::string& name, const Part& input, const Part& joined, const Axes& stride) {
    const int64_t out = joined.channels / 2;
    const int number = layer(name, name, input, out, stride, stride);
    emit({.kind = StepKind::upsample, .layer = number, .reads = {input}, .writes = {{joined.value, 0, out}}});
  }
  void head(const std::string& name, const Part& input, size_t output) {
    const int number = layer(name, name, input, a_.outputChannels, {1, 1, 1}, {1, 1, 1});
    const Part scores = value(name + " scores", a_.outputChannels, shapeOf(input).extent, false, Layout::scores);
    emit({.kind = StepKind::head, .layer = number, .reads = {input}, .writes = {scores}});
    plan_.scores[output] = scores;
  }

  NetworkPlan& plan_;
  const Architecture& a_;
  const PlanRequest& request_;
};

/** A border as wide as the kernels that read a value reach over its edge. */
void giveBorders(NetworkPlan& plan) {
  for (const auto* steps : {&plan.forward, &plan.backward})
    for (const auto& step : *steps) {
      const bool readsInput = step.kind == StepKind::convolve || step.kind == StepKind::weightGradient;
      if (!readsInput && step.kind != StepKind::inputGradient) continue;
      auto& border = plan.values[step.reads[0].value].shape.border;
      for (int axis = 0; axis < 3; ++axis)
        border[axis] = std::max(border[axis], (plan.layers[step.layer].kernel[axis] - 1) / 2);
    }
}

void place(NetworkPlan& plan) {
  std::vector<LiveRange> ranges;
  for (const auto& value : plan.values)
    ranges.push_back({value.shape.numbers() * static_cast<int64_t>(sizeof(float)), -1, -1});
  int now = 0;
  for (auto* steps : {&plan.forward, &plan.losses, &plan.backward})
    for (auto& step : *steps) {
      for (const auto* parts : {&step.writes, &step.reads})
        for (const auto& part : *parts) {
          auto& range = ranges[part.value];
          if (range.first < 0) {
            range.first = now;
            step.begins.push_back(part.value);
          }
          range.last = now;
        }
      ++now;
    }
  // Whoever called reads the scores after the last step forward.
  const int end = static_cast<int>(plan.forward.size());
  for (const auto& part : plan.scores) ranges[part.value].last = std::max(ranges[part.value].last, end);
  plan.arena = placeInArena(ranges);
}

void check(const Architecture& a, const PlanRequest& request) {
  if (a.stages() < 2 || request.patch.size() != static_cast<size_t>(a.dims) || request.samples < 1 ||
      request.heads < 1 || request.heads >= a.stages())
    throw std::invalid_argument("The network and the patch do not fit each other");
  std::vector<int64_t> product(a.dims, 1);
  for (const auto& stride : a.strides)
    for (int axis = 0; axis < a.dims; ++axis) product[axis] *= stride[axis];
  for (int axis = 0; axis < a.dims; ++axis)
    if (request.patch[axis] < 1 || request.patch[axis] % product[axis] != 0)
      throw std::invalid_argument("The patch is not divisible by the network's strides");
  for (const auto& kernel : a.kernelSizes)
    for (const int64_t size : kernel)
      if (size % 2 == 0) throw std::invalid_argument("A kernel has an even size");
}

}  // namespace

NetworkPlan planNetwork(const Architecture& architecture, const PlanRequest& request) {
  check(architecture, request);
  NetworkPlan plan;
  plan.architecture = architecture;
  plan.parameters = parametersOf(architecture);
  plan.runningStatistics = runningStatisticsOf(architecture);
  ForwardPlanner(plan, request).run();
  plan.trained.assign(plan.parameters.parameters.size(), false);
  for (const auto& layer : plan.layers)
    for (const int parameter : {layer.weight, layer.bias, layer.normWeight, layer.normBias})
      if (parameter >= 0) plan.trained[parameter] = true;
  if (request.training) planBackward(plan);
  giveBorders(plan);
  place(plan);
  return plan;
}

}  // namespace nnunet::network
