/**
 * Times training steps of core/network: `network-bench [ROW [STEPS [THREADS]]]` prints a JSON object per row.
 *
 * Rows: step-40, step-64, step-2d (all by default). Seconds are processor time of all threads together, so that other
 * work on the machine counts less, and wall time beside them. $NNUNET_ISA takes the kernels of a lesser processor, as
 * everywhere.
 */
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>

#include "network/network.h"
#include "network/optimizer.h"

using namespace nnunet;
using namespace nnunet::network;

namespace {

struct Row {
  std::string name;
  std::vector<int64_t> features, patch;
  int64_t samples;
};

const std::vector<Row> kRows{{"step-40", {32, 64, 128, 256}, {40, 56, 40}, 9},
                             {"step-64", {32, 64, 128, 256, 320}, {64, 64, 64}, 2},
                             {"step-2d", {32, 64, 128, 256, 512, 512, 512}, {256, 256}, 12}};

Architecture architectureOf(const Row& row) {
  Architecture a;
  a.dims = static_cast<int>(row.patch.size());
  a.outputChannels = 3;
  a.features = row.features;
  a.kernelSizes.assign(a.stages(), std::vector<int64_t>(a.dims, 3));
  a.strides.assign(a.stages(), std::vector<int64_t>(a.dims, 2));
  a.strides[0].assign(a.dims, 1);
  a.encoderUnits.assign(a.stages(), 2);
  a.decoderUnits.assign(a.stages() - 1, 2);
  return a;
}

double processorSeconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

InstructionSet askedFor() {
  const char* name = std::getenv("NNUNET_ISA");
  const std::string set = name == nullptr ? "" : name;
  const auto asked = set == "baseline" ? InstructionSet::baseline
                     : set == "avx2"   ? InstructionSet::avx2
                                       : bestInstructionSet();
  return std::min(asked, bestInstructionSet());
}

nlohmann::ordered_json measure(const Row& row, int steps, int threads) {
  ThreadPool pool(threads);
  const Architecture architecture = architectureOf(row);
  const size_t heads = architecture.stages() - 2;
  const Kernels kernels = kernelsFor(askedFor());
  Network network(architecture, {row.samples, row.patch, std::max<size_t>(1, heads), true}, kernels, pool);
  drawWeights(network.plan().parameters, 1, network.weights());
  Optimizer optimizer(network.plan().parameters, network.plan().trained, {});
  int64_t voxels = row.samples;
  for (const int64_t size : row.patch) voxels *= size;
  std::vector<float> image(voxels);
  for (int64_t i = 0; i < voxels; ++i) image[i] = static_cast<float>(i * 2654435761u % 2000) / 1000 - 1;
  std::vector<std::vector<int16_t>> labels;
  std::vector<const int16_t*> targets;
  for (size_t i = 0; i < network.plan().scores.size(); ++i) {
    labels.emplace_back(network.scores(i).size() / architecture.outputChannels);
    for (size_t v = 0; v < labels.back().size(); ++v) labels.back()[v] = static_cast<int16_t>(v * 40503u / 7 % 3);
    targets.push_back(labels.back().data());
  }
  const auto weights = outputWeights(architecture.stages() - 1);
  std::vector<double> processor, wall, forward;
  for (int step = 0; step < steps + 1; ++step) {
    const auto begun = std::chrono::steady_clock::now();
    const double start = processorSeconds();
    network.forward(image.data(), Network::Mode::train);
    const double seen = processorSeconds();
    network.loss(targets, weights, {});
    network.backward();
    optimizer.step(network.weights(), network.gradients(), 0.01, pool);
    if (step == 0) continue;  // touches the memory for the first time
    forward.push_back(seen - start);
    processor.push_back(processorSeconds() - start);
    wall.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
  }
  return {{"row", row.name},
          {"kernels", kernels.matrix.name},
          {"threads", pool.threads()},
          {"processorSeconds", median(processor)},
          {"forwardProcessorSeconds", median(forward)},
          {"wallSeconds", median(wall)},
          {"arenaBytes", network.arenaBytes()}};
}

}  // namespace

int main(int count, char** arguments) {
  const std::string asked = count > 1 ? arguments[1] : "all";
  const int steps = count > 2 ? std::max(1, std::atoi(arguments[2])) : 3;
  const int threads = count > 3 ? std::max(1, std::atoi(arguments[3])) : 2;
  for (const auto& row : kRows)
    if (asked == "all" || asked == row.name) std::cout << measure(row, steps, threads).dump() << '\n';
}
