#include "network/network.h"

#include <gtest/gtest.h>

#include <random>

#include "architectures.h"
#include "network/optimizer.h"

namespace nnunet::network {
namespace {

struct Trained {
  std::vector<double> losses;
  std::vector<float> weights, scores;
};

/** Three steps on random numbers. */
Trained train(const Architecture& architecture, int threads, const Kernels& kernels) {
  ThreadPool pool(threads);
  const PlanRequest request{2, std::vector<int64_t>(architecture.dims, 16), architecture.stages() - 1, true};
  Network network(architecture, request, kernels, pool);
  drawWeights(network.plan().parameters, 3, network.weights());
  std::mt19937 random(5);
  int64_t voxels = 2;
  for (const int64_t size : request.patch) voxels *= size;
  std::vector<float> image(voxels * architecture.inputChannels);
  for (float& number : image) number = static_cast<float>(random() % 1000) / 500 - 1;
  std::vector<std::vector<int16_t>> labels;
  std::vector<const int16_t*> targets;
  for (size_t i = 0; i < request.heads; ++i) {
    labels.emplace_back(network.scores(i).size() / architecture.outputChannels);
    for (auto& label : labels.back()) label = static_cast<int16_t>(random() % architecture.outputChannels);
    targets.push_back(labels.back().data());
  }
  Optimizer optimizer(network.plan().parameters, network.plan().trained, {});
  Trained result;
  for (int step = 0; step < 3; ++step) {
    network.forward(image.data(), Network::Mode::train);
    result.scores.assign(network.scores(0).begin(), network.scores(0).end());
    result.losses.push_back(network.loss(targets, outputWeights(request.heads), {}));
    network.backward();
    optimizer.step(network.weights(), network.gradients(), 0.01, pool);
  }
  result.weights.assign(network.weights().begin(), network.weights().end());
  return result;
}

TEST(Network, GivesTheSameBitsWithAnyNumberOfThreads) {
  for (const bool residual : {false, true})
    for (const int dims : {2, 3}) {
      const Architecture a = smallArchitecture(residual, dims, {16, 32, 32});
      const auto one = train(a, 1, kernelsFor(bestInstructionSet()));
      const auto five = train(a, 5, kernelsFor(bestInstructionSet()));
      EXPECT_EQ(one.losses, five.losses);
      EXPECT_EQ(one.weights, five.weights);
      EXPECT_EQ(one.scores, five.scores);
    }
}

TEST(Network, LearnsWithTheKernelsOfEveryInstructionSet) {
  const Architecture a = smallArchitecture(false, 3, {16, 32, 32});
  const auto plain = train(a, 2, kernelsFor(InstructionSet::baseline));
  EXPECT_LT(plain.losses.back(), plain.losses.front());
  for (const auto set : {InstructionSet::avx2, InstructionSet::avx512}) {
    if (set > bestInstructionSet()) continue;
    const auto fast = train(a, 2, kernelsFor(set));
    for (size_t i = 0; i < plain.losses.size(); ++i) EXPECT_NEAR(fast.losses[i], plain.losses[i], 1e-5);
  }
}

TEST(Network, KnowsItsMemoryBeforehand) {
  ThreadPool pool(2);
  const Architecture a = smallArchitecture(false, 3, {16, 32, 32});
  const Network network(a, {2, {16, 16, 16}, 2, true}, kernelsFor(InstructionSet::baseline), pool);
  EXPECT_GE(network.arenaBytes(), network.plan().arena.bytes);
}

}  // namespace
}  // namespace nnunet::network
