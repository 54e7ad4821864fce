#include "trainer/prediction/tile_network.h"

#include <algorithm>

#include "trainer/device.h"
#include "trainer/prediction/processor_tile_network.h"

namespace nnunet {

int64_t tilesAtOnce(const voxels::Shape3& patch) {
  constexpr int64_t enough = 64 * 1024;  // voxels
  return std::max<int64_t>(1, enough / voxels::voxelCount(patch));
}

std::vector<std::vector<int>> mirrorings(const std::vector<int>& axes) {
  std::vector<std::vector<int>> result;
  for (size_t size = 1; size <= axes.size(); ++size) {
    std::vector<bool> chosen(axes.size(), false);
    std::fill_n(chosen.begin(), size, true);
    do {
      std::vector<int> subset;
      for (size_t i = 0; i < axes.size(); ++i)
        if (chosen[i]) subset.push_back(axes[i]);
      result.push_back(subset);
    } while (std::prev_permutation(chosen.begin(), chosen.end()));
  }
  return result;
}

std::unique_ptr<TileNetwork> makeTileNetwork(const PredictionJob& job) {
  if (job.engine != "auto" && job.engine != "torch")
    throw CoreError("bad-job", "The engine " + job.engine + " is unknown", "Use auto or torch.");
  if (job.engine == "torch") return makeTorchTileNetwork(job);
  const auto device = chooseDevice(job.device);
  if (!device.is_cpu() || choosePrecision(job.precision, Use::prediction, device) != Precision::fp32)
    return makeTorchTileNetwork(job);
  auto network = std::make_unique<ProcessorTileNetwork>(
      ProcessorTileNetwork::Settings{job.network, job.patch, job.mirrorAxes, job.threads});
  for (const auto& checkpoint : job.checkpoints) network->addFold(readArrays(checkpoint), checkpoint);
  return network;
}

}  // namespace nnunet
