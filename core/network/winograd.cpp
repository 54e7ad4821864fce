#include "network/winograd.h"

namespace nnunet::network {
namespace {

using TileShape = winograd::Shape;
using winograd::Tiles;

/** Fewer tiles than this leave the transformed weights, which cost as much for any volume, too little to do. */
constexpr int64_t kFewestTiles = 256;
/** Pieces that a kernel's gradient should be shared out in, and the numbers that the sums of its slabs may take. */
constexpr int64_t kPieces = 16, kSumNumbers = int64_t{16} << 20;

TileShape shapeOf(const Axes& kernel, int64_t samples, const Axes& extent, int64_t in, int64_t out) {
  return {samples, extent[0], extent[1], extent[2], in, out, kernel[0] == 3};
}

template <class AnyVolume>
winograd::Steps stepsOf(const AnyVolume& volume) {
  return {volume.voxel, volume.row, volume.plane};
}

/** Tiles that one piece works on: their transforms stay in the second-level cache, the weights are reused within. */
int64_t tilesPerPiece(const TileShape& shape) {
  const int64_t bytesPerTile = pointsOf(shape) * (shape.in + shape.out) * 4;
  const int64_t fitting = (int64_t{600} << 10) / bytesPerTile / 12 * 12;
  return std::clamp<int64_t>(fitting, 24, 48);
}

/** The tiles of all samples in runs of one piece each. */
struct Runs {
  int64_t perPiece, tiles, perSample, count;
  explicit Runs(const TileShape& shape)
      : perPiece(tilesPerPiece(shape)),
        tiles(tilesOf(shape)),
        perSample((tiles + perPiece - 1) / perPiece),
        count(shape.samples * perSample) {}
  int64_t sampleOf(int64_t run) const { return run / perSample; }
  Tiles tilesOfRun(int64_t run) const {
    const int64_t first = run % perSample * perPiece;
    return {first, std::min(perPiece, tiles - first)};
  }
};

int64_t scratchOf(const TileShape& shape) {
  return pointsOf(shape) * tilesPerPiece(shape) * (shape.in + shape.out);
}

/**
 * How a kernel's gradient is shared out: slabs of tiles, each with sums of its own, times parts of the input channels,
 * each of which transforms the gradients once more.
 */
struct Shares {
  int64_t slabs, parts, channels;  ///< of a part; the last one may have fewer
  int64_t sums;                    ///< numbers of a slab

  Shares(const TileShape& shape, int64_t lanes) : sums(pointsOf(shape) * shape.in * shape.out) {
    const int64_t units = shape.in / lanes;
    slabs = std::clamp<int64_t>(kSumNumbers / sums, 1, kPieces);
    const int64_t wanted = std::min(units, (kPieces + slabs - 1) / slabs), perPart = (units + wanted - 1) / wanted;
    parts = (units + perPart - 1) / perPart;
    channels = perPart * lanes;
  }
  TileShape part(TileShape shape, int64_t number) const {
    shape.in = std::min(channels, shape.in - number * channels);
    return shape;
  }
};

}  // namespace

bool suitsWinograd(const Axes& kernel, const Axes& stride, int64_t samples, const Axes& extent, int64_t in, int64_t out,
                   const Kernels& kernels) {
  if (!kernels.winograd || stride != Axes{1, 1, 1} || kernel[1] != 3 || kernel[2] != 3) return false;
  if (kernel[0] != 1 && kernel[0] != 3) return false;
  const int lanes = kernels.winograd(TileShape{}).lanes;
  const int64_t tiles = samples * product(extent) / (kernel[0] == 3 ? 8 : 4);
  return in % lanes == 0 && out % lanes == 0 && tiles >= kFewestTiles;
}

Scratch winogradConvolveScratch(const Axes& kernelSize, const Axes& extent, int64_t in, int64_t out, const Kernels&) {
  const TileShape shape = shapeOf(kernelSize, 1, extent, in, out);
  return {pointsOf(shape) * in * out, scratchOf(shape)};
}

void winogradConvolve(const Axes& kernelSize, const KernelView& kernel, bool flipped, const ConstVolume& source,
                      bool adds, const Volume& target, const Workspace& workspace) {
  const TileShape shape = shapeOf(kernelSize, source.samples, source.extent, source.channels, target.channels);
  const auto& k = workspace.kernels.winograd(shape);
  const winograd::Weight weight{kernel.data, kernel.targetStep, kernel.sourceStep, flipped};
  const int64_t points = pointsOf(shape);
  float* transformed = workspace.shared.data();
  workspace.pool.run((shape.in + 3) / 4, [&](int64_t piece, int) {
    k.transformWeight(shape, weight, piece * 4, std::min(shape.in, piece * 4 + 4), transformed);
  });
  const Runs runs(shape);
  workspace.pool.run(runs.count, [&](int64_t run, int worker) {
    const int64_t sample = runs.sampleOf(run);
    const Tiles tiles = runs.tilesOfRun(run);
    float* inputs = workspace.of(worker);
    float* products = inputs + points * tiles.count * shape.in;
    k.transformInput(shape, source.at(sample, 0, 0, 0), stepsOf(source), tiles, inputs);
    k.multiply(shape, tiles.count, inputs, transformed, products);
    k.transformOutput(shape, products, tiles, stepsOf(target), adds, target.at(sample, 0, 0, 0));
  });
}

Scratch winogradKernelGradientScratch(const Axes& kernelSize, int64_t samples, const Axes& extent, int64_t in,
                                      int64_t out, const Kernels& kernels) {
  const TileShape shape = shapeOf(kernelSize, samples, extent, in, out);
  const Shares shares(shape, kernels.winograd(shape).lanes);
  return {shares.slabs * shares.sums, scratchOf(shape)};
}

void winogradKernelGradient(const Axes& kernelSize, const ConstVolume& source, const ConstVolume& target,
                            float* gradient, const Workspace& workspace) {
  const TileShape shape = shapeOf(kernelSize, source.samples, source.extent, source.channels, target.channels);
  const auto& k = workspace.kernels.winograd(shape);
  const Shares shares(shape, k.lanes);
  const int64_t points = pointsOf(shape), taps = product(kernelSize);
  const auto sumsOf = [&](int64_t slab, int64_t part) {
    return workspace.shared.data() + slab * shares.sums + points * part * shares.channels * shape.out;
  };
  const Runs runs(shape);
  workspace.pool.run(shares.slabs * shares.parts, [&](int64_t piece, int worker) {
    const int64_t slab = piece / shares.parts, number = piece % shares.parts;
    const TileShape part = shares.part(shape, number);
    std::fill_n(sumsOf(slab, number), points * part.in * part.out, 0.f);
    for (int64_t run = runs.count * slab / shares.slabs; run < runs.count * (slab + 1) / shares.slabs; ++run) {
      const int64_t sample = runs.sampleOf(run);
      const Tiles tiles = runs.tilesOfRun(run);
      float* inputs = workspace.of(worker);
      float* gradients = inputs + points * tiles.count * part.in;
      k.transformInput(part, source.at(sample, 0, 0, 0) + number * shares.channels, stepsOf(source), tiles, inputs);
      k.transformGradient(part, target.at(sample, 0, 0, 0), stepsOf(target), tiles, gradients);
      k.accumulateWeight(part, tiles.count, inputs, gradients, sumsOf(slab, number));
    }
  });
  const int64_t step = int64_t{1} << 15;
  workspace.pool.run((shares.sums + step - 1) / step, [&](int64_t piece, int) {
    float* sums = sumsOf(0, 0);
    for (int64_t slab = 1; slab < shares.slabs; ++slab) {
      const float* other = sumsOf(slab, 0);
      for (int64_t i = piece * step; i < std::min(shares.sums, (piece + 1) * step); ++i) sums[i] += other[i];
    }
  });
  workspace.pool.run(shape.in, [&](int64_t in, int) {
    const int64_t number = in / shares.channels, inPart = in % shares.channels;
    k.finishWeight(shares.part(shape, number), sumsOf(0, number), inPart, inPart + 1, shape.in * taps,
                   gradient + number * shares.channels * taps);
  });
}

}  // namespace nnunet::network
