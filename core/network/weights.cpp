#include "network/weights.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "voxels/random_state.h"

namespace nnunet::network {
namespace {

bool endsWith(const std::string& name, const char* ending) {
  return name.ends_with(ending);
}

class TableBuilder {
 public:
  TableBuilder(const Architecture& architecture, bool running) : architecture_(architecture), running_(running) {}

  void unit(const std::string& prefix, int64_t in, int64_t out, const std::vector<int64_t>& kernel, bool hasBias) {
    weights(prefix + ".conv", out, in, kernel, out, hasBias);
    if (running_ && architecture_.batchNorm) {
      add(prefix + ".norm.running_mean", {out});
      add(prefix + ".norm.running_var", {out});
    }
    if (running_) return;
    add(prefix + ".norm.weight", {out});
    add(prefix + ".norm.bias", {out});
  }
  void weights(const std::string& prefix, int64_t first, int64_t second, const std::vector<int64_t>& kernel,
               int64_t biases, bool hasBias) {
    if (running_) return;
    std::vector<int64_t> shape{first, second};
    shape.insert(shape.end(), kernel.begin(), kernel.end());
    add(prefix + ".weight", shape);
    if (hasBias) add(prefix + ".bias", {biases});
  }
  ParameterTable take() { return std::move(table_); }

 private:
  void add(const std::string& name, std::vector<int64_t> shape) {
    int64_t count = 1;
    for (const int64_t size : shape) count *= size;
    table_.parameters.push_back({name, std::move(shape), table_.numbers, count});
    table_.numbers += count;
  }
  const Architecture& architecture_;
  bool running_;
  ParameterTable table_;
};

bool allOnes(const std::vector<int64_t>& sizes) {
  return std::all_of(sizes.begin(), sizes.end(), [](int64_t size) { return size == 1; });
}

ParameterTable build(const Architecture& a, bool running) {
  TableBuilder table(a, running);
  const std::vector<int64_t> one(a.dims, 1);
  if (a.residualEncoder)
    table.unit("encoder.stem.convs.0", a.inputChannels, a.features[0], a.kernelSizes[0], a.convBias);
  int64_t channels = a.residualEncoder ? a.features[0] : a.inputChannels;
  for (size_t stage = 0; stage < a.stages(); ++stage) {
    const std::string prefix = "encoder.stages." + std::to_string(stage);
    const int64_t out = a.features[stage];
    for (int64_t i = 0; i < a.encoderUnits[stage]; ++i, channels = out) {
      if (!a.residualEncoder) {
        table.unit(prefix + ".0.convs." + std::to_string(i), channels, out, a.kernelSizes[stage], a.convBias);
        continue;
      }
      const std::string block = prefix + ".blocks." + std::to_string(i);
      const bool pools = i == 0 && !allOnes(a.strides[stage]);
      table.unit(block + ".conv1", channels, out, a.kernelSizes[stage], a.convBias);
      table.unit(block + ".conv2", out, out, a.kernelSizes[stage], a.convBias);
      if (channels != out) table.unit(block + (pools ? ".skip.1" : ".skip.0"), channels, out, one, false);
    }
  }
  const size_t levels = a.stages() - 1;
  for (size_t j = 0; j < levels; ++j) {
    const int64_t skip = a.features[levels - 1 - j];
    for (int64_t i = 0; i < a.decoderUnits[j]; ++i)
      table.unit("decoder.stages." + std::to_string(j) + ".convs." + std::to_string(i), i == 0 ? 2 * skip : skip, skip,
                 a.kernelSizes[levels - 1 - j], a.convBias);
  }
  for (size_t j = 0; j < levels; ++j) {
    const size_t stage = levels - 1 - j;
    table.weights("decoder.transpconvs." + std::to_string(j), a.features[stage + 1], a.features[stage],
                  a.strides[stage + 1], a.features[stage], a.convBias);
  }
  for (size_t j = 0; j < levels; ++j)
    table.weights("decoder.seg_layers." + std::to_string(j), a.outputChannels, a.features[levels - 1 - j], one,
                  a.outputChannels, true);
  return table.take();
}

/** Pairs of draws from the standard normal distribution. Source: Box & Muller 1958. */
class Normal {
 public:
  explicit Normal(uint32_t seed) : state_(seed) {}
  double next() {
    if (hasSecond_) {
      hasSecond_ = false;
      return second_;
    }
    const double radius = std::sqrt(-2 * std::log(uniform())), angle = 2 * std::numbers::pi * uniform();
    second_ = radius * std::sin(angle);
    hasSecond_ = true;
    return radius * std::cos(angle);
  }

 private:
  /** In (0, 1): its logarithm is finite. */
  double uniform() { return (static_cast<double>(state_.next()) + 0.5) * 0x1p-32; }
  voxels::RandomState state_;
  double second_ = 0;
  bool hasSecond_ = false;
};

}  // namespace

int ParameterTable::find(const std::string& name) const {
  for (size_t i = 0; i < parameters.size(); ++i)
    if (parameters[i].name == name) return static_cast<int>(i);
  return -1;
}

ParameterTable parametersOf(const Architecture& architecture) {
  return build(architecture, false);
}

ParameterTable runningStatisticsOf(const Architecture& architecture) {
  return build(architecture, true);
}

void drawWeights(const ParameterTable& table, uint32_t seed, std::span<float> values) {
  Normal normal(seed);
  for (const auto& parameter : table.parameters) {
    const auto numbers = values.subspan(parameter.first, parameter.count);
    const bool startsAsSkip = parameter.name.find(".conv2.norm.") != std::string::npos;
    if (endsWith(parameter.name, ".norm.weight")) {
      std::fill(numbers.begin(), numbers.end(), startsAsSkip ? 0.f : 1.f);
    } else if (parameter.shape.size() == 1) {
      std::fill(numbers.begin(), numbers.end(), 0.f);
    } else {
      // The number of inputs counts shape[1], which for transposed convolutions is the outputs, as in torch.
      const double inputs = static_cast<double>(parameter.count / parameter.shape[0]);
      const double deviation = std::sqrt(2.0 / (1.0 + 0.01 * 0.01)) / std::sqrt(inputs);
      for (float& number : numbers) number = static_cast<float>(normal.next() * deviation);
    }
  }
}

}  // namespace nnunet::network
