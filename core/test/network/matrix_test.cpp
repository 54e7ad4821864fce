#include <gtest/gtest.h>

#include <random>

#include "network/kernels/kernels.h"

namespace nnunet::network {
namespace {

std::vector<float> randomNumbers(int64_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> numbers(count);
  for (float& number : numbers) number = uniform(random);
  return numbers;
}

std::vector<const MatrixKernels*> kernelsOfThisMachine() {
  std::vector<const MatrixKernels*> kernels;
  for (const auto set : {InstructionSet::baseline, InstructionSet::avx2, InstructionSet::avx512})
    if (set <= bestInstructionSet()) kernels.push_back(&kernelsFor(set).matrix);
  return kernels;
}

/** b (depth x columns) in the panels that `multiply` reads. */
std::vector<float> packed(const std::vector<float>& b, int64_t depth, int64_t columns, int lanes) {
  std::vector<float> result;
  for (int64_t first = 0; first < columns;) {
    const int64_t width = columns - first >= 2 * lanes ? 2 * lanes : lanes;
    for (int64_t k = 0; k < depth; ++k)
      for (int64_t i = 0; i < width; ++i) result.push_back(b[k * columns + first + i]);
    first += width;
  }
  return result;
}

TEST(MatrixKernels, MultiplyAsLoopsInDoubleDo) {
  for (const auto* kernels : kernelsOfThisMachine())
    for (const int64_t rows : {1, 5, 12, 48})
      for (const int64_t panels : {1, 2, 3})
        for (const bool adds : {false, true}) {
          const int64_t depth = 37, columns = panels * kernels->lanes;
          const auto a = randomNumbers(rows * depth, 1), b = randomNumbers(depth * columns, 2);
          auto c = randomNumbers(rows * columns, 3);
          const auto before = c;
          kernels->multiply(rows, depth, columns, a.data(), packed(b, depth, columns, kernels->lanes).data(), adds,
                            c.data());
          for (int64_t r = 0; r < rows; ++r)
            for (int64_t i = 0; i < columns; ++i) {
              double sum = adds ? before[r * columns + i] : 0;
              for (int64_t k = 0; k < depth; ++k) sum += static_cast<double>(a[r * depth + k]) * b[k * columns + i];
              ASSERT_NEAR(c[r * columns + i], sum, 1e-5) << kernels->name;
            }
        }
}

TEST(MatrixKernels, AccumulateAsLoopsInDoubleDo) {
  for (const auto* kernels : kernelsOfThisMachine())
    for (const int64_t panels : {1, 2, 3}) {
      const int64_t rows = 29, depth = 5 * kernels->depth, columns = panels * kernels->lanes;
      const auto a = randomNumbers(rows * depth, 1), y = randomNumbers(rows * columns, 2);
      auto sums = randomNumbers(depth * columns, 3);
      const auto before = sums;
      kernels->accumulate(rows, depth, columns, a.data(), y.data(), sums.data());
      for (int64_t k = 0; k < depth; ++k)
        for (int64_t i = 0; i < columns; ++i) {
          double sum = before[k * columns + i];
          for (int64_t r = 0; r < rows; ++r) sum += static_cast<double>(a[r * depth + k]) * y[r * columns + i];
          ASSERT_NEAR(sums[k * columns + i], sum, 1e-5) << kernels->name;
        }
    }
}

}  // namespace
}  // namespace nnunet::network
