#include "network/convolution.h"

#include <cstring>
#include <functional>

namespace nnunet::network {
namespace {

/** Voxels of one product: a multiple of the register tiles' rows. */
constexpr int64_t kChunk = 48;
/** Numbers that a voxel brings into one product; more are taken in several, so that the chunk stays in the cache. */
constexpr int64_t kDepth = 1024;
/** Sums of one part of a kernel's gradient, for the same reason. */
constexpr int64_t kSums = int64_t{128} << 10;
/** Pieces that a kernel's gradient should be shared out in, and the numbers that their sums may take. */
constexpr int64_t kPieces = 32, kSlabNumbers = int64_t{8} << 20;

int64_t roundUp(int64_t value, int64_t step) {
  return (value + step - 1) / step * step;
}

/** Taps that are multiplied together. */
struct Group {
  int64_t first, count;  ///< among the run's taps
};

std::vector<Group> groupsOf(size_t taps, int64_t channels, int64_t largest) {
  const int64_t count = static_cast<int64_t>(taps), fitting = std::max<int64_t>(1, largest / channels);
  const int64_t groups = (count + fitting - 1) / fitting;
  std::vector<Group> result;
  for (int64_t i = 0; i < groups; ++i) {
    const int64_t first = count * i / groups;
    result.push_back({first, count * (i + 1) / groups - first});
  }
  return result;
}

/** Voxels [first, first + count) of a run's lattice over all samples. */
struct Chunk {
  int64_t first, count;
};

int64_t latticeOf(const TapRun& run, int64_t samples) {
  return samples * product(run.count);
}
int64_t chunksOf(const TapRun& run, int64_t samples) {
  return (latticeOf(run, samples) + kChunk - 1) / kChunk;
}
Chunk chunkAt(const TapRun& run, int64_t samples, int64_t number) {
  const int64_t first = number * kChunk;
  return {first, std::min(kChunk, latticeOf(run, samples) - first)};
}

/** Calls body(i, sample, z, y, x) for the chunk's places in the lattice. */
template <class Body>
void forEachVoxel(const TapRun& run, const Chunk& chunk, const Body& body) {
  int64_t x = chunk.first % run.count[2], rest = chunk.first / run.count[2];
  int64_t y = rest % run.count[1];
  rest /= run.count[1];
  int64_t z = rest % run.count[0], n = rest / run.count[0];
  for (int64_t i = 0; i < chunk.count; ++i) {
    body(i, n, z, y, x);
    if (++x < run.count[2]) continue;
    x = 0;
    if (++y < run.count[1]) continue;
    y = 0;
    if (++z < run.count[0]) continue;
    z = 0;
    ++n;
  }
}

/** Numbers `step` apart, to a dense row. */
inline void copyNumbers(float* to, const float* from, int64_t count, int64_t step) {
  if (step == 1 && count >= 8) {
    std::memcpy(to, from, count * sizeof(float));
    return;
  }
  for (int64_t i = 0; i < count; ++i) to[i] = from[i * step];
}

/** Where the voxels of a chunk begin in memory. */
struct Origins {
  const float* at[kChunk];
};

Origins originsOf(const TapRun& run, const Chunk& chunk, const ConstVolume& source) {
  Origins origins;
  forEachVoxel(run, chunk, [&](int64_t i, int64_t n, int64_t z, int64_t y, int64_t x) {
    origins.at[i] = source.at(n, z * run.sourceStep[0], y * run.sourceStep[1], x * run.sourceStep[2]);
  });
  return origins;
}

/** rows[i] = what the group's taps read for voxel i, one tap after the other; `depth` numbers a row, zeros at its end.
 */
void gather(const TapRun& run, const Group& group, const Origins& origins, int64_t count, const ConstVolume& source,
            int64_t depth, float* rows) {
  const int64_t channels = source.channels, used = group.count * channels;
  for (int64_t t = 0; t < group.count; ++t) {
    const Axes& offset = run.taps[group.first + t].offset;
    const int64_t step = offset[0] * source.plane + offset[1] * source.row + offset[2] * source.voxel;
    for (int64_t i = 0; i < count; ++i)
      copyNumbers(rows + i * depth + t * channels, origins.at[i] + step, channels, source.channel);
  }
  if (used == depth) return;
  for (int64_t i = 0; i < count; ++i) std::fill_n(rows + i * depth + used, depth - used, 0.f);
}

/** The kernel's weights as `multiply` reads them: for each run and group its panels, columns filled up with zeros. */
struct PackedKernel {
  std::vector<std::vector<Group>> groups;    ///< per run
  std::vector<std::vector<int64_t>> begins;  ///< per run and group, in numbers
  int64_t columns, numbers = 0;

  PackedKernel(const std::vector<TapRun>& runs, int64_t sourceChannels, int64_t targetChannels, int lanes)
      : columns(roundUp(targetChannels, lanes)) {
    for (const auto& run : runs) {
      groups.push_back(groupsOf(run.taps.size(), sourceChannels, kDepth));
      begins.emplace_back();
      for (const auto& group : groups.back()) {
        begins.back().push_back(numbers);
        numbers += group.count * sourceChannels * columns;
      }
    }
  }

  /** Writes the rows of one source channel: its taps lie beside each other in the kernel. */
  void pack(const std::vector<TapRun>& runs, const KernelView& kernel, int64_t sourceChannels, int64_t targetChannels,
            int64_t source, int lanes, float* packed) const {
    for (size_t r = 0; r < runs.size(); ++r)
      for (size_t g = 0; g < groups[r].size(); ++g) {
        const Group& group = groups[r][g];
        const int64_t depth = group.count * sourceChannels;
        for (int64_t first = 0; first < columns;) {
          const int64_t width = columns - first >= 2 * lanes ? 2 * lanes : lanes;
          float* panel = packed + begins[r][g] + first * depth;
          for (int64_t t = 0; t < group.count; ++t) {
            const float* weights = kernel.data + source * kernel.sourceStep + runs[r].taps[group.first + t].place;
            float* row = panel + (t * sourceChannels + source) * width;
            for (int64_t i = 0; i < width; ++i)
              row[i] = first + i < targetChannels ? weights[(first + i) * kernel.targetStep] : 0.f;
          }
          first += width;
        }
      }
  }
};

void writeVoxel(const float* sums, const float* bias, bool adds, int64_t channels, float* target, int64_t step) {
  if (adds)
    for (int64_t c = 0; c < channels; ++c) target[c * step] += sums[c];
  else if (bias)
    for (int64_t c = 0; c < channels; ++c) target[c * step] = sums[c] + bias[c];
  else
    for (int64_t c = 0; c < channels; ++c) target[c * step] = sums[c];
}

/** How a kernel's gradient is shared out: slabs of voxels times parts of the taps. */
struct GradientShares {
  std::vector<Group> parts;
  std::vector<int64_t> begins;  ///< per part, in the sums of a slab
  int64_t columns, chunks, slabs, numbers = 0;

  GradientShares(const TapRun& run, int64_t samples, int64_t sourceChannels, int64_t targetChannels,
                 const MatrixKernels& matrix)
      : columns(roundUp(targetChannels, matrix.lanes)), chunks(chunksOf(run, samples)) {
    parts = groupsOf(run.taps.size(), sourceChannels, std::min(kDepth, std::max<int64_t>(1, kSums / columns)));
    for (const auto& part : parts) {
      begins.push_back(numbers);
      numbers += depthOf(part, sourceChannels, matrix) * columns;
    }
    const auto count = static_cast<int64_t>(parts.size());
    slabs = std::min({(kPieces + count - 1) / count, chunks, std::max<int64_t>(1, kSlabNumbers / numbers)});
  }
  static int64_t depthOf(const Group& part, int64_t sourceChannels, const MatrixKernels& matrix) {
    return roundUp(part.count * sourceChannels, matrix.depth);
  }
};

int64_t rowsOf(const Axes& extent, int64_t samples) {
  return samples * extent[0] * extent[1];
}
int64_t biasSlabs(int64_t rows) {
  return std::min<int64_t>(rows, kPieces);
}

}  // namespace

Scratch convolveScratch(const std::vector<TapRun>& runs, int64_t sourceChannels, int64_t targetChannels,
                        const MatrixKernels& matrix) {
  const PackedKernel packed(runs, sourceChannels, targetChannels, matrix.lanes);
  return {packed.numbers, kChunk * (std::max(kDepth, sourceChannels) + packed.columns)};
}

void convolve(const std::vector<TapRun>& runs, const ConstVolume& source, const KernelView& kernel, const float* bias,
              bool adds, const Volume& target, const Workspace& workspace) {
  const auto& matrix = workspace.kernels.matrix;
  const PackedKernel packed(runs, source.channels, target.channels, matrix.lanes);
  float* weights = workspace.shared.data();
  workspace.pool.run((source.channels + 7) / 8, [&](int64_t piece, int) {
    for (int64_t c = piece * 8; c < std::min(source.channels, piece * 8 + 8); ++c)
      packed.pack(runs, kernel, source.channels, target.channels, c, matrix.lanes, weights);
  });
  std::vector<int64_t> firstPiece{0};
  for (const auto& run : runs) firstPiece.push_back(firstPiece.back() + chunksOf(run, target.samples));
  workspace.pool.run(firstPiece.back(), [&](int64_t piece, int worker) {
    const size_t r = std::upper_bound(firstPiece.begin(), firstPiece.end(), piece) - firstPiece.begin() - 1;
    const TapRun& run = runs[r];
    const Chunk chunk = chunkAt(run, target.samples, piece - firstPiece[r]);
    float* rows = workspace.of(worker);
    float* sums = rows + kChunk * std::max(kDepth, source.channels);
    const Origins origins = originsOf(run, chunk, source);
    if (run.taps.empty()) std::fill_n(sums, chunk.count * packed.columns, 0.f);
    for (size_t g = 0; g < packed.groups[r].size(); ++g) {
      const Group& group = packed.groups[r][g];
      const int64_t depth = group.count * source.channels;
      gather(run, group, origins, chunk.count, source, depth, rows);
      matrix.multiply(chunk.count, depth, packed.columns, rows, weights + packed.begins[r][g], g > 0, sums);
    }
    forEachVoxel(run, chunk, [&](int64_t i, int64_t n, int64_t z, int64_t y, int64_t x) {
      writeVoxel(
          sums + i * packed.columns, bias, adds, target.channels,
          target.at(n, run.first[0] + z * run.step[0], run.first[1] + y * run.step[1], run.first[2] + x * run.step[2]),
          target.channel);
    });
  });
}

Scratch kernelGradientScratch(const TapRun& run, int64_t samples, int64_t sourceChannels, int64_t targetChannels,
                              const MatrixKernels& matrix) {
  const GradientShares shares(run, samples, sourceChannels, targetChannels, matrix);
  const int64_t depth = roundUp(std::max(kDepth, sourceChannels), matrix.depth);
  return {shares.slabs * shares.numbers, kChunk * (depth + shares.columns)};
}

void kernelGradient(const TapRun& run, const ConstVolume& source, const ConstVolume& target, int64_t targetStep,
                    int64_t sourceStep, float* gradient, const Workspace& workspace) {
  const auto& matrix = workspace.kernels.matrix;
  const GradientShares shares(run, target.samples, source.channels, target.channels, matrix);
  const auto parts = static_cast<int64_t>(shares.parts.size());
  float* sums = workspace.shared.data();
  workspace.pool.run(shares.slabs * parts, [&](int64_t piece, int worker) {
    const int64_t slab = piece / parts, number = piece % parts;
    const Group& part = shares.parts[number];
    const int64_t depth = GradientShares::depthOf(part, source.channels, matrix);
    float* own = sums + slab * shares.numbers + shares.begins[number];
    std::fill_n(own, depth * shares.columns, 0.f);
    float* rows = workspace.of(worker);
    float* gradients = rows + kChunk * roundUp(std::max(kDepth, source.channels), matrix.depth);
    for (int64_t c = shares.chunks * slab / shares.slabs; c < shares.chunks * (slab + 1) / shares.slabs; ++c) {
      const Chunk chunk = chunkAt(run, target.samples, c);
      gather(run, part, originsOf(run, chunk, source), chunk.count, source, depth, rows);
      forEachVoxel(run, chunk, [&](int64_t i, int64_t n, int64_t z, int64_t y, int64_t x) {
        float* row = gradients + i * shares.columns;
        copyNumbers(row, target.at(n, z, y, x), target.channels, target.channel);
        std::fill_n(row + target.channels, shares.columns - target.channels, 0.f);
      });
      matrix.accumulate(chunk.count, depth, shares.columns, rows, gradients, own);
    }
  });
  workspace.pool.run(source.channels, [&](int64_t c, int) {
    for (int64_t number = 0; number < parts; ++number) {
      const Group& part = shares.parts[number];
      for (int64_t t = 0; t < part.count; ++t) {
        float* own = sums + shares.begins[number] + (t * source.channels + c) * shares.columns;
        for (int64_t slab = 1; slab < shares.slabs; ++slab)
          for (int64_t i = 0; i < target.channels; ++i) own[i] += own[slab * shares.numbers + i];
      }
    }
    for (int64_t i = 0; i < target.channels; ++i)
      for (int64_t number = 0, t = 0; number < parts; ++number)
        for (int64_t inPart = 0; inPart < shares.parts[number].count; ++inPart, ++t)
          gradient[i * targetStep + c * sourceStep + run.taps[t].place] =
              sums[shares.begins[number] + (inPart * source.channels + c) * shares.columns + i];
  });
}

Scratch biasGradientScratch(const Shape& shape, int64_t channels) {
  return {2 * biasSlabs(rowsOf(shape.extent, shape.samples)) * channels, 0};
}

void biasGradient(const ConstVolume& target, float* gradient, const Workspace& workspace) {
  const int64_t rows = rowsOf(target.extent, target.samples), slabs = biasSlabs(rows), channels = target.channels;
  auto* sums = reinterpret_cast<double*>(workspace.shared.data());
  workspace.pool.run(slabs, [&](int64_t slab, int) {
    double* own = sums + slab * channels;
    std::fill_n(own, channels, 0.0);
    for (int64_t row = rows * slab / slabs; row < rows * (slab + 1) / slabs; ++row) {
      const int64_t y = row % target.extent[1], z = row / target.extent[1] % target.extent[0];
      const float* voxel = target.at(row / (target.extent[1] * target.extent[0]), z, y, 0);
      for (int64_t x = 0; x < target.extent[2]; ++x, voxel += target.voxel)
        for (int64_t c = 0; c < channels; ++c) own[c] += voxel[c * target.channel];
    }
  });
  for (int64_t c = 0; c < channels; ++c) {
    double sum = 0;
    for (int64_t slab = 0; slab < slabs; ++slab) sum += sums[slab * channels + c];
    gradient[c] = static_cast<float>(sum);
  }
}

}  // namespace nnunet::network
