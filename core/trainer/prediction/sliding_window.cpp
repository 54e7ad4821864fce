#include "trainer/prediction/sliding_window.h"

#include <ATen/Parallel.h>

#include <numeric>

#include "voxels/window.h"

namespace nnunet {
namespace {

using voxels::Shape3;

/** Voxels of the tiles that go through the network together: enough to keep the cores busy with small 2D patches. */
constexpr int64_t kBatchVoxels = 64 * 1024;

/** All non-empty subsets of the axes, smaller ones first, in the order of Python's itertools.combinations. */
std::vector<std::vector<int64_t>> mirrorings(const std::vector<int>& axes) {
  std::vector<std::vector<int64_t>> result;
  for (size_t size = 1; size <= axes.size(); ++size) {
    std::vector<bool> chosen(axes.size(), false);
    std::fill_n(chosen.begin(), size, true);
    do {
      std::vector<int64_t> subset;
      for (size_t i = 0; i < axes.size(); ++i)
        if (chosen[i]) subset.push_back(axes[i] + 2);  // behind sample and channel
      result.push_back(subset);
    } while (std::prev_permutation(chosen.begin(), chosen.end()));
  }
  return result;
}

/** z outermost, x innermost. 2D networks see every slice once: the rule for steps would halve a slice's thickness. */
std::vector<Shape3> tileStarts(const Shape3& shape, const Shape3& patch, int dims, double step) {
  std::vector<Shape3> starts;
  const auto along = [&](int axis) { return voxels::windowStarts(shape[axis], patch[axis], step); };
  std::vector<int64_t> zs(shape[0]);
  std::iota(zs.begin(), zs.end(), 0);
  if (dims == 3) zs = along(0);
  const auto ys = along(1), xs = along(2);
  for (const int64_t z : zs)
    for (const int64_t y : ys)
      for (const int64_t x : xs) starts.push_back({z, y, x});
  return starts;
}

/** Mean logits over the mirrorings of a batch of tiles, float32 on the CPU. */
torch::Tensor predictTiles(const UNet& network, const torch::Tensor& tiles, const WindowSettings& settings,
                           const std::vector<std::vector<int64_t>>& flips) {
  const AutocastScope autocast(settings.precision, settings.device);
  auto logits = network.forward(tiles, 1)[0];
  for (const auto& axes : flips) logits = logits + network.forward(tiles.flip(axes), 1)[0].flip(axes);
  if (!flips.empty()) logits = logits / static_cast<double>(flips.size() + 1);
  return logits.to(torch::kCPU, torch::kFloat).contiguous();
}

}  // namespace

std::vector<uint16_t> predictLogits(const std::vector<UNet>& networks, const torch::Tensor& volume,
                                    const WindowSettings& settings, const TileProgress& progress) {
  torch::NoGradGuard noGrad;
  const auto& architecture = networks.front().architecture();
  const bool flat = architecture.dims == 2;
  const Shape3 shape{volume.size(1), volume.size(2), volume.size(3)}, patch = settings.patch;
  const auto padding = voxels::padToPatch(shape, patch, architecture.dims);
  const auto &low = padding.inside.low, &high = padding.inside.high;
  const auto padded = torch::constant_pad_nd(
      volume,
      {low[2], padding.padded[2] - high[2], low[1], padding.padded[1] - high[1], low[0], padding.padded[0] - high[0]});
  std::vector<float> weight;
  if (settings.gaussian) weight = voxels::gaussianImportance(flat ? std::span(patch).subspan(1) : std::span(patch));
  const auto starts = tileStarts(padding.padded, patch, architecture.dims, settings.stepSize);
  const auto flips = mirrorings(settings.mirrorAxes);
  const int64_t perBatch = std::max<int64_t>(1, kBatchVoxels / voxels::voxelCount(patch));
  const int64_t count = static_cast<int64_t>(starts.size()), total = count * static_cast<int64_t>(networks.size());
  const voxels::RunOptions run{at::get_num_threads()};

  std::vector<uint16_t> sum;
  int64_t done = 0;
  for (const auto& network : networks) {
    voxels::WindowAccumulator accumulator(architecture.outputChannels, padding.padded, patch, weight);
    for (int64_t first = 0; first < count; first += perBatch) {
      const int64_t size = std::min(perBatch, count - first);
      std::vector<torch::Tensor> tiles;
      for (int64_t i = first; i < first + size; ++i) {
        auto tile = padded;
        for (int axis = 0; axis < 3; ++axis) tile = tile.narrow(axis + 1, starts[i][axis], patch[axis]);
        tiles.push_back(flat ? tile.squeeze(1) : tile);
      }
      const auto logits = predictTiles(network, torch::stack(tiles).to(settings.device), settings, flips);
      const int64_t values = logits.numel() / size;
      for (int64_t i = 0; i < size; ++i)
        accumulator.add({logits.const_data_ptr<float>() + i * values, static_cast<size_t>(values)}, starts[first + i],
                        run);
      progress(done += size, total);
    }
    auto logits = accumulator.finish(padding.inside, run);
    if (sum.empty())
      sum = std::move(logits);
    else
      voxels::addFold(sum, logits, run);
  }
  if (networks.size() > 1) voxels::divideByFolds(sum, static_cast<int>(networks.size()), run);
  return sum;
}

}  // namespace nnunet
