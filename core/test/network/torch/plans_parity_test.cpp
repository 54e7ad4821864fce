#include <filesystem>
#include <fstream>
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

TEST(NetworkParity, OfTheNetworksOfRealPlans) {
  const fs::path folder = fs::path(NNUNET_SHARED) / "data" / "planner-triples";
  if (!fs::exists(folder)) GTEST_SKIP() << "SKIPPED: the shared data folder " << folder << " is absent";
  const auto networks = plannedNetworks(folder);
  EXPECT_GT(networks.size(), 10u);
  for (const auto& [name, architecture] : networks) {
    SCOPED_TRACE(name);
    Parity parity(architecture, {1, smallPatch(architecture), architecture.stages() - 1, true});
    parity.drawLabels(2);
    const auto weights = outputWeights(parity.request.heads);
    parity.forward();
    const auto scores = parity.oracle.forward(parity.image.to(torch::kDouble), parity.request.heads);
    for (size_t i = 0; i < scores.size(); ++i) EXPECT_LT(relativeError(parity.scores(i), scores[i]), 1e-5);
    parity.network.loss(parity.targetPointers(), weights, {});
    parity.network.backward();
    torch::Tensor loss = torch::zeros({}, torch::kDouble);
    for (size_t i = 0; i < scores.size(); ++i)
      loss = loss + weights[i] * composedDiceAndCrossEntropy(scores[i], parity.targets[i], LossSettings{});
    loss.backward();
    expectGradients(parity, 1e-4);
  }
}

}  // namespace
}  // namespace nnunet::network
