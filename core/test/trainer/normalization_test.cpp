#include "trainer/network/normalization.h"

#include <gtest/gtest.h>

namespace nnunet {
namespace {

torch::Tensor reference(const torch::Tensor& x, const torch::Tensor& w, const torch::Tensor& b, double slope) {
  return torch::leaky_relu(torch::instance_norm(x, w, b, {}, {}, true, 0.0, 1e-5, false), slope);
}

struct Input {
  std::vector<int64_t> shape;
  double offset = 0;
  torch::ScalarType type = torch::kFloat;
};

void expectAgreement(const Input& input, double slope, double tolerance) {
  torch::manual_seed(3);
  const auto x = (torch::randn(input.shape) * 3 + input.offset).to(input.type).requires_grad_();
  const auto w = torch::randn({x.size(1)}).requires_grad_(), b = torch::randn({x.size(1)}).requires_grad_();
  const auto to64 = [](const torch::Tensor& t) { return t.detach().to(torch::kDouble).requires_grad_(); };
  const auto xd = to64(x), wd = to64(w), bd = to64(b);
  const auto yd = reference(xd, wd, bd, slope);
  // At the kink of the LeakyReLU the last bit decides the gradient: no gradient flows in there.
  const auto dy = torch::randn_like(x) * yd.detach().abs().gt(1e-3).to(input.type);
  yd.backward(dy.to(torch::kDouble));

  const auto y = instanceNormLeakyRelu(x, w, b, 1e-5, slope);
  y.backward(dy);
  const auto error = [](const torch::Tensor& a, const torch::Tensor& e) {
    return ((a.to(torch::kDouble) - e).abs().max() / e.abs().max()).item<double>();
  };
  EXPECT_LT(error(y, yd), tolerance);
  EXPECT_LT(error(x.grad(), xd.grad()), tolerance);
  EXPECT_LT(error(w.grad(), wd.grad()), tolerance);
  EXPECT_LT(error(b.grad(), bd.grad()), tolerance);
}

TEST(InstanceNormLeakyRelu, AgreesWithFloat64In3D) {
  expectAgreement({{2, 24, 9, 7, 11}, 1}, 0.01, 1e-5);
}
TEST(InstanceNormLeakyRelu, AgreesWithFloat64In2D) {
  expectAgreement({{3, 16, 70, 40}}, 0.01, 1e-5);
}
TEST(InstanceNormLeakyRelu, WithSlopeOneIsTheNormalisationAlone) {
  expectAgreement({{2, 16, 8, 8, 8}}, 1.0, 1e-5);
}
TEST(InstanceNormLeakyRelu, KeepsPrecisionFarFromZero) {
  expectAgreement({{1, 16, 12, 12, 12}, 1000}, 0.01, 2e-4);
}
TEST(InstanceNormLeakyRelu, RunsInBfloat16) {
  expectAgreement({{2, 32, 8, 8, 8}, 0, torch::kBFloat16}, 0.01, 3e-2);
}

}  // namespace
}  // namespace nnunet
