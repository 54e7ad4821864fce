#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>

#include "parity.h"
#include "trainer/network/architecture.h"
#include "trainer/training/loss.h"

namespace nnunet::network {
namespace {

namespace fs = std::filesystem;

struct Planned {
  std::string name;
  Architecture architecture;
};

/** Networks of real plans, an eighth as wide; each that differs once. */
std::vector<Planned> plannedNetworks(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().string().ends_with("lans.json")) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<Planned> result;
  std::set<std::string> known;
  for (const auto& file : files) {
    const auto plans = nlohmann::json::parse(std::ifstream(file));
    for (const auto& [name, configuration] : plans.at("configurations").items()) {
      if (!configuration.contains("architecture")) continue;
      auto network = configuration["architecture"];
      auto& kwargs = network["arch_kwargs"];
      for (auto& features : kwargs["features_per_stage"]) features = features.get<int>() / 8;
      // Blocks that are repeated take the same way: two of each are enough.
      if (kwargs.contains("n_blocks_per_stage"))
        for (auto& blocks : kwargs["n_blocks_per_stage"]) blocks = std::min(blocks.get<int>(), 2);
      if (!known.insert(network.dump()).second) continue;
      result.push_back({file.parent_path().filename().string() + " " + file.stem().string() + " " + name,
                        readArchitecture({{"className", network["network_class_name"]},
                                          {"archKwargs", kwargs},
                                          {"inputChannels", name == "3d_fullres" ? 2 : 1},
                                          {"outputChannels", 3}})});
    }
  }
  return result;
}

/** The smallest patch whose bottleneck still has voxels to make a mean of. */
std::vector<int64_t> smallPatch(const Architecture& a) {
  std::vector<int64_t> patch(a.dims, 2);
  if (a.dims == 3) patch[0] = 1;
  for (const auto& stride : a.strides)
    for (int axis = 0; axis < a.dims; ++axis) patch[axis] *= stride[axis];
  return patch;
}

/** Leaves the gradient of every parameter behind. */
std::vector<torch::Tensor> run(Oracle& oracle, const Parity& parity, torch::ScalarType type) {
  const auto scores = oracle.forward(parity.image.to(type), parity.request.heads);
  const auto weights = outputWeights(parity.request.heads);
  torch::Tensor loss = torch::zeros({}, type);
  for (size_t i = 0; i < scores.size(); ++i)
    loss = loss + weights[i] * composedDiceAndCrossEntropy(scores[i], parity.targets[i], LossSettings{});
  loss.backward();
  return scores;
}

TEST(NetworkParity, OfTheNetworksOfRealPlans) {
  const fs::path folder = fs::path(NNUNET_SHARED) / "data" / "planner-triples";
  if (!fs::exists(folder)) GTEST_SKIP() << "SKIPPED: the shared data folder " << folder << " is absent";
  const auto networks = plannedNetworks(folder);
  EXPECT_GT(networks.size(), 10u);
  for (const auto& [name, architecture] : networks) {
    SCOPED_TRACE(name);
    Parity parity(architecture, {1, smallPatch(architecture), architecture.stages() - 1, true});
    parity.drawLabels(2);
    parity.forward();
    // Means of a few voxels make rounding large: float32 of LibTorch says how large.
    Oracle single(architecture, torch::kFloat);
    single.take(parity.network.weights());
    const auto theirs = run(single, parity, torch::kFloat), scores = run(parity.oracle, parity, torch::kDouble);
    for (size_t i = 0; i < scores.size(); ++i)
      EXPECT_LT(relativeError(parity.scores(i), scores[i]), std::max(1e-5, 2 * relativeError(theirs[i], scores[i])));
    parity.network.loss(parity.targetPointers(), outputWeights(parity.request.heads), {});
    parity.network.backward();
    double own = 0, other = 0;
    for (size_t i = 0; i < parity.oracle.table().parameters.size(); ++i) {
      const auto& parameter = parity.oracle.table().parameters[i];
      if (!parity.network.plan().trained[i] || parameter.name.ends_with(".conv.bias")) continue;
      const auto& exact = parity.oracle.parameter(parameter.name).grad();
      own = std::max(own, relativeError(parity.gradient(parameter), exact));
      other = std::max(other, relativeError(single.parameter(parameter.name).grad(), exact));
    }
    EXPECT_LT(own, std::max(1e-4, 3 * other)) << "LibTorch in float32: " << other;
    std::cout << name << " " << own << " " << other << std::endl;
  }
}

}  // namespace
}  // namespace nnunet::network
