#include "trainer/prediction/sliding_window.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "voxels/window.h"

namespace nnunet {
namespace {

using voxels::Shape3;

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

/** A volume within zeros, and tiles of it. */
class PaddedVolume {
 public:
  PaddedVolume(const ImageVolume& volume, const voxels::WindowPadding& padding)
      : channels_(volume.channels),
        shape_(padding.padded),
        values_(static_cast<size_t>(volume.channels * voxels::voxelCount(padding.padded)), 0.f) {
    const auto& low = padding.inside.low;
    for (int64_t c = 0; c < channels_; ++c)
      for (int64_t z = 0; z < volume.shape[0]; ++z)
        for (int64_t y = 0; y < volume.shape[1]; ++y)
          std::copy_n(volume.values.begin() + ((c * volume.shape[0] + z) * volume.shape[1] + y) * volume.shape[2],
                      volume.shape[2], values_.begin() + place(c, z + low[0], y + low[1], low[2]));
  }
  /** Writes (channels, patch). */
  void tile(const Shape3& start, const Shape3& patch, float* target) const {
    for (int64_t c = 0; c < channels_; ++c)
      for (int64_t z = 0; z < patch[0]; ++z)
        for (int64_t y = 0; y < patch[1]; ++y, target += patch[2])
          std::copy_n(values_.begin() + place(c, start[0] + z, start[1] + y, start[2]), patch[2], target);
  }

 private:
  int64_t place(int64_t c, int64_t z, int64_t y, int64_t x) const {
    return ((c * shape_[0] + z) * shape_[1] + y) * shape_[2] + x;
  }
  int64_t channels_;
  Shape3 shape_;
  std::vector<float> values_;
};

}  // namespace

std::vector<uint16_t> predictLogits(TileNetwork& network, const ImageVolume& volume, const WindowSettings& settings,
                                    const TileProgress& progress) {
  const Shape3 patch = settings.patch;
  const auto padding = voxels::padToPatch(volume.shape, patch, settings.dims);
  const PaddedVolume padded(volume, padding);
  std::vector<float> weight;
  if (settings.gaussian)
    weight = voxels::gaussianImportance(settings.dims == 2 ? std::span(patch).subspan(1) : std::span(patch));
  const auto starts = tileStarts(padding.padded, patch, settings.dims, settings.stepSize);
  const auto count = static_cast<int64_t>(starts.size()), total = count * static_cast<int64_t>(network.folds());
  const int64_t perBatch = std::min(count, tilesAtOnce(patch));
  const int64_t tileValues = volume.channels * voxels::voxelCount(patch);
  const int64_t logitValues = settings.heads * voxels::voxelCount(patch);
  std::vector<float> tiles(static_cast<size_t>(perBatch * tileValues));
  std::vector<float> logits(static_cast<size_t>(perBatch * logitValues));
  const voxels::RunOptions run{settings.threads};

  std::vector<uint16_t> sum;
  int64_t done = 0;
  for (size_t fold = 0; fold < network.folds(); ++fold) {
    network.take(fold);
    voxels::WindowAccumulator accumulator(settings.heads, padding.padded, patch, weight);
    for (int64_t first = 0; first < count; first += perBatch) {
      const int64_t size = std::min(perBatch, count - first);
      for (int64_t i = 0; i < size; ++i) padded.tile(starts[first + i], patch, tiles.data() + i * tileValues);
      network.predict(std::span(tiles).first(size * tileValues), size, std::span(logits).first(size * logitValues));
      for (int64_t i = 0; i < size; ++i)
        accumulator.add(std::span(logits).subspan(i * logitValues, logitValues), starts[first + i], run);
      progress(done += size, total);
    }
    auto ofFold = accumulator.finish(padding.inside, run);
    if (sum.empty())
      sum = std::move(ofFold);
    else
      voxels::addFold(sum, ofFold, run);
  }
  if (network.folds() > 1) voxels::divideByFolds(sum, static_cast<int>(network.folds()), run);
  return sum;
}

}  // namespace nnunet
