#include "trainer/network/convolution.h"

#include <gtest/gtest.h>

namespace nnunet {
namespace {

struct Case {
  const char* name;
  std::vector<int64_t> input, kernel;
  int64_t in, out;
};

double relativeError(const torch::Tensor& found, const torch::Tensor& expected) {
  return ((found.to(torch::kDouble) - expected).abs().max() / expected.abs().max()).item<double>();
}

/** Slow and sure: the same convolution in float64 by LibTorch. */
torch::Tensor reference(const torch::Tensor& input, const torch::Tensor& weight, const std::vector<int64_t>& stride,
                        const std::vector<int64_t>& padding) {
  return input.dim() == 5 ? torch::conv3d(input, weight, {}, stride, at::IntArrayRef(padding))
                          : torch::conv2d(input, weight, {}, stride, at::IntArrayRef(padding));
}

class WinogradConvolution : public testing::TestWithParam<Case> {};

TEST_P(WinogradConvolution, AgreesWithFloat64InValueAndBothGradients) {
  const auto& [name, size, kernel, in, out] = GetParam();
  torch::manual_seed(7);
  std::vector<int64_t> inputShape{2, in}, weightShape{out, in}, stride(size.size(), 1), padding;
  inputShape.insert(inputShape.end(), size.begin(), size.end());
  weightShape.insert(weightShape.end(), kernel.begin(), kernel.end());
  for (const int64_t k : kernel) padding.push_back(k / 2);
  const auto x = torch::randn(inputShape).requires_grad_(), w = torch::randn(weightShape).requires_grad_();
  const auto y = convolution(x, w, stride, padding);
  const auto dy = torch::randn_like(y);
  y.backward(dy);

  const auto xd = x.detach().to(torch::kDouble).requires_grad_(), wd = w.detach().to(torch::kDouble).requires_grad_();
  const auto yd = reference(xd, wd, stride, padding);
  yd.backward(dy.to(torch::kDouble));
  EXPECT_LT(relativeError(y, yd), 2e-6);
  EXPECT_LT(relativeError(x.grad(), xd.grad()), 2e-6);
  EXPECT_LT(relativeError(w.grad(), wd.grad()), 5e-6);
}

INSTANTIATE_TEST_SUITE_P(Shapes, WinogradConvolution,
                         testing::Values(Case{"WholeTiles", {16, 16, 16}, {3, 3, 3}, 32, 32},
                                         Case{"OddSizes", {9, 11, 13}, {3, 3, 3}, 16, 48},
                                         Case{"FlatKernel", {5, 17, 15}, {1, 3, 3}, 48, 16},
                                         Case{"SingleSlice", {1, 33, 31}, {3, 3, 3}, 32, 16},
                                         Case{"In2D", {33, 31}, {3, 3}, 16, 32},
                                         Case{"FewChannels", {12, 12, 12}, {3, 3, 3}, 3, 32}),  // left to LibTorch
                         [](const auto& info) { return info.param.name; });

TEST(Convolution, WithStrideAgreesWithFloat64) {
  torch::manual_seed(7);
  const auto x = torch::randn({2, 32, 10, 12, 8}), w = torch::randn({32, 32, 3, 3, 3});
  const auto expected = reference(x.to(torch::kDouble), w.to(torch::kDouble), {2, 2, 2}, {1, 1, 1});
  EXPECT_LT(relativeError(convolution(x, w, {2, 2, 2}, {1, 1, 1}), expected), 2e-6);
}

}  // namespace
}  // namespace nnunet
