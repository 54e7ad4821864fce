#include "network/convolution.h"

#include <gtest/gtest.h>

#include <random>

#include "network/winograd.h"

namespace nnunet::network {
namespace {

std::vector<float> randomNumbers(int64_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> numbers(count);
  for (float& number : numbers) number = uniform(random);
  return numbers;
}

/** Half of the channels of a volume with a border, filled with random numbers. */
struct Half {
  Shape shape;
  std::vector<float> memory;
  Volume volume;

  Half(int64_t samples, const Axes& extent, int64_t channels, const Axes& border, uint32_t seed)
      : shape{Layout::volume, samples, 2 * channels, extent, border}, memory(shape.numbers(), 0.f) {
    volume = volumeIn(memory.data(), shape, channels, channels);
    const auto numbers = randomNumbers(samples * product(extent) * channels, seed);
    const float* next = numbers.data();
    forEach([&](float& number) { number = *next++; });
  }
  template <class Body>
  void forEach(const Body& body) {
    for (int64_t n = 0; n < volume.samples; ++n)
      for (int64_t z = 0; z < volume.extent[0]; ++z)
        for (int64_t y = 0; y < volume.extent[1]; ++y)
          for (int64_t x = 0; x < volume.extent[2]; ++x)
            for (int64_t c = 0; c < volume.channels; ++c) body(volume.at(n, z, y, x)[c]);
  }
};

struct Threads {
  ThreadPool pool{3};
  std::vector<float> shared, workers;
  Workspace workspaceFor(const Scratch& scratch, const Kernels& kernels) {
    shared.assign(scratch.shared, 0.f);
    workers.assign(scratch.perWorker * pool.threads(), 0.f);
    return {pool, kernels, shared, workers};
  }
};

/** A convolution as it is defined, in double. */
double expectedAt(const TapRun& run, const ConstVolume& source, const KernelView& kernel, int64_t target, int64_t n,
                  int64_t z, int64_t y, int64_t x) {
  double sum = 0;
  for (const auto& tap : run.taps)
    for (int64_t c = 0; c < source.channels; ++c)
      sum +=
          static_cast<double>(source.at(n, z * run.sourceStep[0] + tap.offset[0], y * run.sourceStep[1] + tap.offset[1],
                                        x * run.sourceStep[2] + tap.offset[2])[c]) *
          kernel.data[target * kernel.targetStep + c * kernel.sourceStep + tap.place];
  return sum;
}

TEST(NetworkConvolution, IsWhatItIsDefinedAs) {
  Threads threads;
  for (const auto set : {InstructionSet::baseline, InstructionSet::avx2, InstructionSet::avx512}) {
    if (set > bestInstructionSet()) continue;
    const Kernels kernels = kernelsFor(set);
    for (const Axes& kernelSize : {Axes{3, 3, 3}, Axes{1, 3, 3}, Axes{1, 1, 1}})
      for (const Axes& stride : {Axes{1, 1, 1}, Axes{1, 2, 2}, Axes{2, 2, 2}}) {
        const Axes extent{4, 6, 8}, out{extent[0] / stride[0], extent[1] / stride[1], extent[2] / stride[2]};
        Half source(2, extent, 5, {1, 1, 1}, 1), target(2, out, 9, {0, 0, 0}, 2);
        const int64_t places = product(kernelSize);
        const auto weights = randomNumbers(9 * 5 * places, 3);
        const KernelView kernel{weights.data(), 5 * places, places};
        const TapRun run = convolutionTaps(kernelSize, stride, paddingOf(kernelSize), out);
        const auto workspace = threads.workspaceFor(convolveScratch({run}, 5, 9, kernels.matrix), kernels);
        convolve({run}, source.volume, kernel, nullptr, false, target.volume, workspace);
        for (int64_t n = 0; n < 2; ++n)
          for (int64_t z = 0; z < out[0]; ++z)
            for (int64_t y = 0; y < out[1]; ++y)
              for (int64_t x = 0; x < out[2]; ++x)
                for (int64_t c = 0; c < 9; ++c)
                  ASSERT_NEAR(target.volume.at(n, z, y, x)[c], expectedAt(run, source.volume, kernel, c, n, z, y, x),
                              2e-5);
        // The other half belongs to somebody else.
        EXPECT_EQ(target.memory[0], 0);
      }
  }
}

/** <convolve(x), y> = <x, transposed(y)>: what makes it the gradient. */
TEST(NetworkConvolution, OfTransposedTapsIsTheTranspose) {
  Threads threads;
  const Kernels kernels = kernelsFor(bestInstructionSet());
  for (const Axes& kernelSize : {Axes{3, 3, 3}, Axes{1, 3, 3}, Axes{2, 2, 2}})
    for (const Axes& stride : {Axes{1, 1, 1}, Axes{1, 2, 2}, Axes{2, 2, 2}}) {
      if (kernelSize[0] == 2 && stride != Axes{2, 2, 2}) continue;
      const Axes padding = kernelSize[0] == 2 ? Axes{0, 0, 0} : paddingOf(kernelSize);
      const Axes extent{4, 6, 8}, out{extent[0] / stride[0], extent[1] / stride[1], extent[2] / stride[2]};
      Half x(2, extent, 5, {1, 1, 1}, 1), y(2, out, 9, {1, 1, 1}, 2), forward(2, out, 9, {0, 0, 0}, 4),
          back(2, extent, 5, {0, 0, 0}, 5);
      const int64_t places = product(kernelSize);
      const auto weights = randomNumbers(9 * 5 * places, 3);
      const TapRun run = convolutionTaps(kernelSize, stride, padding, out);
      const auto runs = transposedTaps(kernelSize, stride, padding, extent);
      Scratch scratch = convolveScratch({run}, 5, 9, kernels.matrix);
      scratch.include(convolveScratch(runs, 9, 5, kernels.matrix));
      const auto workspace = threads.workspaceFor(scratch, kernels);
      convolve({run}, x.volume, {weights.data(), 5 * places, places}, nullptr, false, forward.volume, workspace);
      convolve(runs, y.volume, {weights.data(), places, 5 * places}, nullptr, false, back.volume, workspace);
      double one = 0, other = 0;
      std::vector<float> a, b;
      forward.forEach([&](float number) { a.push_back(number); });
      y.forEach([&](float number) { b.push_back(number); });
      for (size_t i = 0; i < a.size(); ++i) one += static_cast<double>(a[i]) * b[i];
      a.clear();
      b.clear();
      x.forEach([&](float number) { a.push_back(number); });
      back.forEach([&](float number) { b.push_back(number); });
      for (size_t i = 0; i < a.size(); ++i) other += static_cast<double>(a[i]) * b[i];
      EXPECT_NEAR(one, other, 1e-3);
    }
}

TEST(NetworkWinograd, AgreesWithSmallMatrices) {
  Threads threads;
  for (const auto set : {InstructionSet::avx2, InstructionSet::avx512}) {
    if (set > bestInstructionSet()) continue;
    const Kernels kernels = kernelsFor(set);
    for (const bool deep : {false, true})
      for (const Axes& extent : {Axes{4, 6, 8}, Axes{5, 7, 9}})
        for (const bool flipped : {false, true}) {
          const Axes kernelSize{deep ? 3 : 1, 3, 3}, one{1, 1, 1};
          const int64_t in = 32, out = 48, places = product(kernelSize);
          Half source(3, extent, in, {1, 1, 1}, 1), direct(3, extent, out, one, 2), fast(3, extent, out, one, 2);
          const auto weights = randomNumbers(in * out * places, 3);
          const KernelView kernel{weights.data(), flipped ? places : in * places, flipped ? out * places : places};
          const auto runs = flipped ? transposedTaps(kernelSize, one, paddingOf(kernelSize), extent)
                                    : std::vector{convolutionTaps(kernelSize, one, paddingOf(kernelSize), extent)};
          Scratch scratch = convolveScratch(runs, in, out, kernels.matrix);
          scratch.include(winogradConvolveScratch(kernelSize, extent, in, out, kernels));
          scratch.include(kernelGradientScratch(runs[0], 3, in, out, kernels.matrix));
          scratch.include(winogradKernelGradientScratch(kernelSize, 3, extent, in, out, kernels));
          const auto workspace = threads.workspaceFor(scratch, kernels);
          convolve(runs, source.volume, kernel, nullptr, true, direct.volume, workspace);
          winogradConvolve(kernelSize, kernel, flipped, source.volume, true, fast.volume, workspace);
          for (size_t i = 0; i < direct.memory.size(); ++i) ASSERT_NEAR(fast.memory[i], direct.memory[i], 5e-4);
          if (flipped) continue;
          std::vector<float> expected(weights.size()), gradient(weights.size());
          kernelGradient(runs[0], source.volume, direct.volume, in * places, places, expected.data(), workspace);
          winogradKernelGradient(kernelSize, source.volume, direct.volume, gradient.data(), workspace);
          for (size_t i = 0; i < expected.size(); ++i) ASSERT_NEAR(gradient[i], expected[i], 5e-3);
        }
  }
}

}  // namespace
}  // namespace nnunet::network
