#include "trainer/network/winograd.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "trainer/network/instruction_set.h"
#include "trainer/network/winograd_kernels.h"
#include "trainer/torch.h"

namespace nnunet::winograd {
namespace {

using KernelsOf = const Kernels& (*)(const Shape&);

KernelsOf kernelsOfThisMachine() {
  switch (instructionSet()) {
#if defined(__x86_64__)
    case InstructionSet::avx512:
      return avx512Kernels;
    case InstructionSet::avx2:
      return avx2Kernels;
#endif
    default:
      return nullptr;
  }
}

const Kernels& kernels(const Shape& shape) {
  static const KernelsOf of = kernelsOfThisMachine();
  return of(shape);
}

/** Tiles that one task works on: their transforms stay in the second-level cache, the weights are reused within. */
int64_t tilesPerTask(const Shape& shape) {
  const int64_t bytesPerTile = pointsOf(shape) * (shape.in + shape.out) * 4;
  const int64_t fitting = (int64_t{600} << 10) / bytesPerTile / 12 * 12;
  return std::clamp<int64_t>(fitting, 24, 48);
}

/** Calls body(sample, tiles) for runs of tiles, in parallel; `worker` numbers the contiguous share of one thread. */
template <class Body>
void forEachRun(const Shape& shape, int64_t perTask, const Body& body) {
  const int64_t tiles = tilesOf(shape), runs = (tiles + perTask - 1) / perTask;
  at::parallel_for(0, shape.samples * runs, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t first = i % runs * perTask;
      body(i / runs, Tiles{first, std::min(perTask, tiles - first)});
    }
  });
}

int64_t sampleSize(const Shape& shape, int64_t channels) {
  return shape.depth * shape.height * shape.width * channels;
}

/**
 * How the weight gradient is shared out among threads: each sums over a contiguous slab of the tiles, for a part of the
 * input channels. The slabs' sums are added up in order, so a thread count gives one result.
 */
struct Shares {
  int64_t slabs, parts;
  int64_t channels;  ///< of a part; the last one may have fewer
};

/** Slabs take the memory of all sums each: what they take together stays below this, unless one takes more. */
constexpr int64_t kSumBytes = int64_t{128} << 20;

/** Floats of the sums of one slab. */
int64_t sumSize(const Shape& shape) {
  return pointsOf(shape) * shape.in * shape.out;
}

/** As many slabs as the memory allows; parts for the threads that are left, which transform the gradients once more. */
Shares sharesOf(const Shape& shape, int64_t threads) {
  const int64_t lanes = kernels(shape).lanes, units = shape.in / lanes;
  const int64_t slabs = std::clamp<int64_t>(kSumBytes / (sumSize(shape) * 4), 1, threads);
  const int64_t wanted = std::min(units, (threads + slabs - 1) / slabs);
  const int64_t unitsPerPart = (units + wanted - 1) / wanted, parts = (units + unitsPerPart - 1) / unitsPerPart;
  return {std::min(slabs, std::max<int64_t>(1, threads / parts)), parts, unitsPerPart * lanes};
}

/** Scratch memory of one thread, kept between calls. */
float* scratch(int64_t floats) {
  static thread_local torch::Tensor memory;
  if (!memory.defined() || memory.numel() < floats) memory = torch::empty({floats}, torch::kFloat);
  return memory.data_ptr<float>();
}

}  // namespace

bool supported(int64_t in, int64_t out) {
  static const KernelsOf of = kernelsOfThisMachine();
  static const int lanes = of ? of(Shape{}).lanes : 1;
  return of && in % lanes == 0 && out % lanes == 0;
}

void convolve(const Shape& shape, const float* input, const Weight& weight, float* output) {
  const auto& k = kernels(shape);
  const int64_t points = pointsOf(shape);
  const auto transformed = torch::empty({points * shape.in * shape.out}, torch::kFloat);
  float* u = transformed.data_ptr<float>();
  at::parallel_for(0, shape.in, 4,
                   [&](int64_t begin, int64_t end) { k.transformWeight(shape, weight, begin, end, u); });
  forEachRun(shape, tilesPerTask(shape), [&](int64_t sample, Tiles tiles) {
    float* v = scratch(points * tiles.count * (shape.in + shape.out));
    float* product = v + points * tiles.count * shape.in;
    k.transformInput(shape, input + sample * sampleSize(shape, shape.in), shape.in, tiles, v);
    k.multiply(shape, tiles.count, v, u, product);
    k.transformOutput(shape, product, tiles, output + sample * sampleSize(shape, shape.out));
  });
}

int64_t weightGradientBytes(const Shape& shape, int threads) {
  return sharesOf(shape, threads).slabs * sumSize(shape) * 4;
}

void weightGradient(const Shape& shape, const float* input, const float* outputGradient, float* gradient) {
  const auto& k = kernels(shape);
  const Shares shares = sharesOf(shape, at::get_num_threads());
  const int64_t points = pointsOf(shape), size = sumSize(shape), taps = shape.deep ? 27 : 9;
  const auto sums = torch::zeros({shares.slabs, size}, torch::kFloat);
  const auto partOf = [&](int64_t part) {
    Shape result = shape;
    result.in = std::min(shares.channels, shape.in - part * shares.channels);
    return result;
  };
  const auto sumsOf = [&](int64_t slab, int64_t part) {
    return sums.data_ptr<float>() + slab * size + points * part * shares.channels * shape.out;
  };
  const int64_t perTask = tilesPerTask(shape), tiles = tilesOf(shape), runs = (tiles + perTask - 1) / perTask;
  const int64_t total = shape.samples * runs, slabSize = (total + shares.slabs - 1) / shares.slabs;
  at::parallel_for(0, shares.slabs * shares.parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t slab = task / shares.parts, number = task % shares.parts;
      const Shape part = partOf(number);
      for (int64_t i = slab * slabSize; i < std::min(total, (slab + 1) * slabSize); ++i) {
        const int64_t sample = i / runs, first = i % runs * perTask;
        const Tiles run{first, std::min(perTask, tiles - first)};
        float* v = scratch(points * run.count * (part.in + part.out));
        float* y = v + points * run.count * part.in;
        const float* partInput = input + sample * sampleSize(shape, shape.in) + number * shares.channels;
        k.transformInput(part, partInput, shape.in, run, v);
        k.transformGradient(part, outputGradient + sample * sampleSize(shape, shape.out), run, y);
        k.accumulateWeight(part, run.count, v, y, sumsOf(slab, number));
      }
    }
  });
  for (int64_t slab = 1; slab < shares.slabs; ++slab) sums[0].add_(sums[slab]);
  at::parallel_for(0, shape.in, 4, [&](int64_t begin, int64_t end) {
    for (int64_t in = begin; in < end; ++in) {
      const int64_t part = in / shares.channels, inPart = in % shares.channels;
      k.finishWeight(partOf(part), sumsOf(0, part), inPart, inPart + 1, shape.in * taps,
                     gradient + part * shares.channels * taps);
    }
  });
}

}  // namespace nnunet::winograd
