#include "trainer/prediction/processor_tile_network.h"

#include <algorithm>
#include <cstring>
#include <thread>

#include "trainer/network/instruction_set.h"
#include "trainer/processor_weights.h"

namespace nnunet {
namespace {

using voxels::Shape3;

int threadsFor(int asked) {
  return asked > 0 ? asked : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

/** Which axes of (z, y, x) are turned around. */
std::array<bool, 3> turned(const std::vector<int>& axes, int dims) {
  std::array<bool, 3> result{};
  for (const int axis : axes) result[axis + 3 - dims] = true;
  return result;
}

/** Calls body(line of the source, line of the target, voxels) for each line along x of volumes of that shape. */
template <class Body>
void forEachLine(int64_t volumes, const Shape3& shape, const std::array<bool, 3>& turn, const Body& body) {
  for (int64_t n = 0; n < volumes; ++n)
    for (int64_t z = 0; z < shape[0]; ++z)
      for (int64_t y = 0; y < shape[1]; ++y) {
        const int64_t fromZ = turn[0] ? shape[0] - 1 - z : z, fromY = turn[1] ? shape[1] - 1 - y : y;
        body(((n * shape[0] + fromZ) * shape[1] + fromY) * shape[2], ((n * shape[0] + z) * shape[1] + y) * shape[2]);
      }
}

void copyTurned(const float* from, int64_t volumes, const Shape3& shape, const std::array<bool, 3>& turn, float* to) {
  forEachLine(volumes, shape, turn, [&](int64_t source, int64_t target) {
    if (turn[2])
      std::reverse_copy(from + source, from + source + shape[2], to + target);
    else
      std::copy_n(from + source, shape[2], to + target);
  });
}

void addTurned(const float* from, int64_t volumes, const Shape3& shape, const std::array<bool, 3>& turn, float* to) {
  forEachLine(volumes, shape, turn, [&](int64_t source, int64_t target) {
    const float* line = from + source;
    for (int64_t x = 0; x < shape[2]; ++x) to[target + x] += turn[2] ? line[shape[2] - 1 - x] : line[x];
  });
}

network::PlanRequest requestOf(const ProcessorTileNetwork::Settings& settings) {
  const auto& patch = settings.patch;
  return {tilesAtOnce(patch), {patch.begin() + (3 - settings.architecture.dims), patch.end()}, 1, false};
}

}  // namespace

ProcessorTileNetwork::ProcessorTileNetwork(const Settings& settings)
    : settings_(settings),
      pool_(threadsFor(settings.threads)),
      network_(settings.architecture, requestOf(settings), network::kernelsFor(instructionSet()), pool_),
      flips_(mirrorings(settings.mirrorAxes)),
      tiles_(static_cast<size_t>(tilesAtOnce(settings.patch) * settings.architecture.inputChannels *
                                 voxels::voxelCount(settings.patch))) {}

void ProcessorTileNetwork::addFold(const ArrayFile& stored, const std::string& file) {
  copyWeights(stored, network_, Missing::refused, {}, file);
  const auto weights = network_.weights(), running = network_.runningStatistics();
  folds_.push_back({{weights.begin(), weights.end()}, {running.begin(), running.end()}});
}

void ProcessorTileNetwork::take(size_t fold) {
  std::ranges::copy(folds_[fold].weights, network_.weights().begin());
  std::ranges::copy(folds_[fold].running, network_.runningStatistics().begin());
}

void ProcessorTileNetwork::predict(std::span<const float> tiles, int64_t count, std::span<float> logits) {
  const auto& a = settings_.architecture;
  const auto evaluate = network::Network::Mode::evaluate;
  std::copy(tiles.begin(), tiles.end(), tiles_.begin());  // behind them lies what was there before: nobody reads it
  network_.forward(tiles_.data(), evaluate);
  std::copy_n(network_.scores(0).begin(), logits.size(), logits.begin());
  for (const auto& axes : flips_) {
    const auto turn = turned(axes, a.dims);
    copyTurned(tiles.data(), count * a.inputChannels, settings_.patch, turn, tiles_.data());
    network_.forward(tiles_.data(), evaluate);
    addTurned(network_.scores(0).data(), count * a.outputChannels, settings_.patch, turn, logits.data());
  }
  if (flips_.empty()) return;
  const auto views = static_cast<float>(flips_.size() + 1);
  for (float& logit : logits) logit /= views;
}

std::string ProcessorTileNetwork::description() const {
  return "cpu, fp32, " + std::to_string(pool_.threads()) + " threads";
}

}  // namespace nnunet
