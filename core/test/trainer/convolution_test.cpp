#include "trainer/network/convolution.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "trainer/device.h"
#include "trainer/network/winograd.h"

namespace nnunet {
namespace {

struct Case {
  const char* name;
  std::vector<int64_t> input, kernel;
  int64_t in, out;
};

void PrintTo(const Case& tested, std::ostream* stream) {
  *stream << tested.name;
}

double relativeError(const torch::Tensor& found, const torch::Tensor& expected) {
  return ((found.to(torch::kDouble) - expected).abs().max() / expected.abs().max()).item<double>();
}

/** Slow and sure: the same convolution in float64 by LibTorch. */
torch::Tensor reference(const torch::Tensor& input, const torch::Tensor& weight, const std::vector<int64_t>& stride,
                        const std::vector<int64_t>& padding) {
  return input.dim() == 5 ? torch::conv3d(input, weight, {}, stride, at::IntArrayRef(padding))
                          : torch::conv2d(input, weight, {}, stride, at::IntArrayRef(padding));
}

struct Tolerance {
  double value = 2e-6, weight = 5e-6;
};

/** Value and both gradients against float64. */
void expectAgreement(const Case& tested, const std::vector<int64_t>& stride, Precision precision = Precision::fp32,
                     const Tolerance& tolerance = {}) {
  const auto& [name, size, kernel, in, out] = tested;
  torch::manual_seed(7);
  std::vector<int64_t> inputShape{2, in}, weightShape{out, in}, padding;
  inputShape.insert(inputShape.end(), size.begin(), size.end());
  weightShape.insert(weightShape.end(), kernel.begin(), kernel.end());
  for (const int64_t k : kernel) padding.push_back(k / 2);
  const auto x = torch::randn(inputShape).requires_grad_(), w = torch::randn(weightShape).requires_grad_();
  torch::Tensor y;
  {
    const AutocastScope autocast(precision, torch::kCPU);
    y = convolution(x, w, stride, padding);
  }
  const auto dy = torch::randn_like(y);
  y.backward(dy);

  const auto xd = x.detach().to(torch::kDouble).requires_grad_(), wd = w.detach().to(torch::kDouble).requires_grad_();
  const auto yd = reference(xd, wd, stride, padding);
  yd.backward(dy.to(torch::kDouble));
  EXPECT_LT(relativeError(y, yd), tolerance.value) << name;
  EXPECT_LT(relativeError(x.grad(), xd.grad()), tolerance.value) << name;
  EXPECT_LT(relativeError(w.grad(), wd.grad()), tolerance.weight) << name;
}

class WinogradConvolution : public testing::TestWithParam<Case> {};

TEST_P(WinogradConvolution, AgreesWithFloat64InValueAndBothGradients) {
  expectAgreement(GetParam(), std::vector<int64_t>(GetParam().input.size(), 1));
}

INSTANTIATE_TEST_SUITE_P(Shapes, WinogradConvolution,
                         testing::Values(Case{"WholeTiles", {16, 16, 16}, {3, 3, 3}, 32, 32},
                                         Case{"OddSizes", {9, 11, 13}, {3, 3, 3}, 16, 48},
                                         Case{"FlatKernel", {5, 17, 15}, {1, 3, 3}, 48, 16},
                                         Case{"SingleSlice", {1, 33, 31}, {3, 3, 3}, 32, 16},
                                         Case{"In2D", {33, 31}, {3, 3}, 16, 32},
                                         Case{"FewChannels", {12, 12, 12}, {3, 3, 3}, 3, 32}),  // left to LibTorch
                         [](const auto& info) { return info.param.name; });

/** Tiles are two or four voxels wide: every remainder of both, where all of a row may lie beside the volume. */
class WinogradOfWidth : public testing::TestWithParam<int64_t> {};

TEST_P(WinogradOfWidth, AgreesWithFloat64) {
  const int64_t width = GetParam();
  expectAgreement({"Deep", {18, 31, width}, {3, 3, 3}, 16, 32}, {1, 1, 1});
  expectAgreement({"Flat", {9, 33, width}, {1, 3, 3}, 16, 16}, {1, 1, 1});
  expectAgreement({"In2D", {257, width}, {3, 3}, 32, 16}, {1, 1});
  expectAgreement({"Narrow", {width, 64, 18}, {3, 3, 3}, 16, 16}, {1, 1, 1});
  expectAgreement({"Low", {64, width, 18}, {3, 3, 3}, 16, 16}, {1, 1, 1});
}

INSTANTIATE_TEST_SUITE_P(Widths, WinogradOfWidth, testing::Range<int64_t>(1, 10), testing::PrintToStringParamName());

/** Gives LibTorch its number of threads back. */
struct ThreadsForNow {
  explicit ThreadsForNow(int threads) : before(at::get_num_threads()) { at::set_num_threads(threads); }
  ~ThreadsForNow() { at::set_num_threads(before); }
  int before;
};

TEST(WinogradConvolution, SharesTheWeightGradientAmongManyThreads) {
  const ThreadsForNow threads(24);
  expectAgreement({"Parts", {9, 12, 14}, {3, 3, 3}, 240, 128}, {1, 1, 1}, Precision::fp32, {5e-6, 5e-6});
  expectAgreement({"Slabs", {16, 16, 16}, {3, 3, 3}, 16, 16}, {1, 1, 1});
}

TEST(WinogradConvolution, GivesTheSameWeightGradientEveryTime) {
  const ThreadsForNow threads(24);
  const winograd::Shape shape{2, 8, 12, 12, 240, 128, true};
  if (!winograd::supported(shape.in, shape.out)) GTEST_SKIP() << "This processor has no kernels of ours";
  const auto x = torch::randn({2, 8, 12, 12, 240}), dy = torch::randn({2, 8, 12, 12, 128});
  const auto gradient = [&] {
    auto result = torch::empty({128, 240, 3, 3, 3});
    winograd::weightGradient(shape, x.const_data_ptr<float>(), dy.const_data_ptr<float>(), result.data_ptr<float>());
    return result;
  };
  EXPECT_TRUE(torch::equal(gradient(), gradient()));
}

TEST(WinogradConvolution, TakesNoMoreMemoryOnMachinesWithManyCores) {
  for (const int64_t in : {32, 64, 128, 256, 320, 512, 640})
    for (const int64_t out : {32, 128, 320, 512}) {
      const winograd::Shape shape{2, 16, 16, 16, in, out, true};
      if (!winograd::supported(in, out)) GTEST_SKIP() << "This processor has no kernels of ours";
      const int64_t once = winograd::weightGradientBytes(shape, 1);
      EXPECT_LE(winograd::weightGradientBytes(shape, 64), std::max(once, int64_t{128} << 20)) << in << " " << out;
      EXPECT_LE(winograd::weightGradientBytes(shape, 64), 64 * once);
    }
}

TEST(Convolution, WithStrideAgreesWithFloat64InValueAndBothGradients) {
  expectAgreement({"Even", {10, 12, 8}, {3, 3, 3}, 32, 32}, {2, 2, 2});
  expectAgreement({"Odd", {9, 13, 7}, {3, 3, 3}, 16, 48}, {2, 2, 2});
  expectAgreement({"Anisotropic", {6, 12, 10}, {1, 3, 3}, 16, 32}, {1, 2, 2});
  expectAgreement({"MixedAxes", {8, 12, 10}, {3, 3, 3}, 16, 32}, {1, 2, 2});
  expectAgreement({"In2D", {34, 30}, {3, 3}, 16, 32}, {2, 2});
  expectAgreement({"Projection", {8, 8, 8}, {1, 1, 1}, 16, 32}, {1, 1, 1});
}

TEST(Convolution, InBfloat16AgreesWithFloat64ToItsDigits) {
  const auto precisions = availablePrecisions();
  if (std::find(precisions.begin(), precisions.end(), "bf16") == precisions.end())
    GTEST_SKIP() << "This processor has no bf16 arithmetic: choosePrecision refuses it";
  // Inputs, weights and results have 8 bits; sums are float32.
  const Tolerance tolerance{1e-2, 1e-2};
  expectAgreement({"Deep", {16, 16, 16}, {3, 3, 3}, 32, 32}, {1, 1, 1}, Precision::bf16, tolerance);
  expectAgreement({"Odd", {9, 11, 13}, {3, 3, 3}, 16, 48}, {1, 1, 1}, Precision::bf16, tolerance);
  expectAgreement({"Flat", {5, 17, 15}, {1, 3, 3}, 48, 16}, {1, 1, 1}, Precision::bf16, tolerance);
  expectAgreement({"Strided", {10, 12, 8}, {3, 3, 3}, 32, 32}, {2, 2, 2}, Precision::bf16, tolerance);
  expectAgreement({"In2D", {33, 31}, {3, 3}, 16, 32}, {1, 1}, Precision::bf16, tolerance);
}

}  // namespace
}  // namespace nnunet
