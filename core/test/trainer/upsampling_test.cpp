#include "trainer/network/upsampling.h"

#include <gtest/gtest.h>

namespace nnunet {
namespace {

void expectAgreement(std::vector<int64_t> size, const std::vector<int64_t>& stride, bool withBias) {
  torch::manual_seed(4);
  std::vector<int64_t> inputShape{2, 24}, skipShape{2, 10}, weightShape{24, 16};
  for (size_t axis = 0; axis < size.size(); ++axis) {
    inputShape.push_back(size[axis]);
    skipShape.push_back(size[axis] * stride[axis]);
    weightShape.push_back(stride[axis]);
  }
  const auto make = [](const std::vector<int64_t>& shape) { return torch::randn(shape).requires_grad_(); };
  const auto x = make(inputShape), w = make(weightShape), skip = make(skipShape);
  const auto b = withBias ? make({16}) : torch::Tensor();
  const auto y = upsampleAndJoin(x, w, b, skip, stride);
  const auto dy = torch::randn_like(y);
  y.backward(dy);

  const auto to64 = [](const torch::Tensor& t) {
    return t.defined() ? t.detach().to(torch::kDouble).requires_grad_() : t;
  };
  const auto xd = to64(x), wd = to64(w), bd = to64(b), sd = to64(skip);
  const auto up =
      stride.size() == 3 ? torch::conv_transpose3d(xd, wd, bd, stride) : torch::conv_transpose2d(xd, wd, bd, stride);
  const auto yd = torch::cat({up, sd}, 1);
  yd.backward(dy.to(torch::kDouble));
  const auto error = [](const torch::Tensor& a, const torch::Tensor& e) {
    return ((a.to(torch::kDouble) - e).abs().max() / e.abs().max()).item<double>();
  };
  EXPECT_LT(error(y, yd), 1e-6);
  EXPECT_LT(error(x.grad(), xd.grad()), 1e-6);
  EXPECT_LT(error(w.grad(), wd.grad()), 2e-6);
  EXPECT_LT(error(skip.grad(), sd.grad()), 1e-9);
  if (withBias) {
    EXPECT_LT(error(b.grad(), bd.grad()), 2e-6);
  }
}

TEST(UpsampleAndJoin, AgreesWithFloat64In3D) {
  expectAgreement({3, 5, 4}, {2, 2, 2}, true);
}
TEST(UpsampleAndJoin, WithUnequalStrides) {
  expectAgreement({3, 5, 4}, {1, 2, 2}, true);
}
TEST(UpsampleAndJoin, WithoutBias) {
  expectAgreement({3, 5, 4}, {2, 2, 2}, false);
}
TEST(UpsampleAndJoin, In2D) {
  expectAgreement({7, 6}, {2, 2}, true);
}

}  // namespace
}  // namespace nnunet
