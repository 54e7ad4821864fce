#include "trainer/network/winograd.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "trainer/network/winograd_kernels.h"
#include "trainer/torch.h"

namespace nnunet::winograd {
namespace {

using KernelsOf = const Kernels& (*)(const Shape&);

KernelsOf kernelsOfThisMachine() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) return avx512Kernels;
  if (__builtin_cpu_supports("x86-64-v3")) return avx2Kernels;
#endif
  return nullptr;
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

void weightGradient(const Shape& shape, const float* input, const float* outputGradient, float* gradient) {
  const auto& k = kernels(shape);
  const int64_t points = pointsOf(shape), size = points * shape.in * shape.out;
  // One sum per thread, over a contiguous share of the tiles; added up in order, so a thread count gives one result.
  const int64_t workers = at::get_num_threads();
  auto sums = torch::zeros({workers, size}, torch::kFloat);
  const int64_t perTask = tilesPerTask(shape), tiles = tilesOf(shape), runs = (tiles + perTask - 1) / perTask;
  const int64_t total = shape.samples * runs, share = (total + workers - 1) / workers;
  at::parallel_for(0, workers, 1, [&](int64_t begin, int64_t end) {
    for (int64_t worker = begin; worker < end; ++worker)
      for (int64_t i = worker * share; i < std::min(total, (worker + 1) * share); ++i) {
        const int64_t sample = i / runs, first = i % runs * perTask;
        const Tiles run{first, std::min(perTask, tiles - first)};
        float* v = scratch(points * run.count * (shape.in + shape.out));
        float* y = v + points * run.count * shape.in;
        k.transformInput(shape, input + sample * sampleSize(shape, shape.in), shape.in, run, v);
        k.transformGradient(shape, outputGradient + sample * sampleSize(shape, shape.out), run, y);
        k.accumulateWeight(shape, run.count, v, y, sums.data_ptr<float>() + worker * size);
      }
  });
  for (int64_t worker = 1; worker < workers; ++worker) sums[0].add_(sums[worker]);
  const float* sum = sums.data_ptr<float>();
  at::parallel_for(0, shape.in, 4,
                   [&](int64_t begin, int64_t end) { k.finishWeight(shape, sum, begin, end, gradient); });
}

}  // namespace nnunet::winograd
