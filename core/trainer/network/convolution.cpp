#include "trainer/network/convolution.h"

#include <ATen/autocast_mode.h>

#include "trainer/network/winograd.h"

namespace nnunet {
namespace {

using Sizes = std::vector<int64_t>;

/** Fewer tiles than this leave the transformed weights, which cost as much for any volume, too little to do. */
constexpr int64_t kFewestTiles = 256;

winograd::Shape winogradShape(const torch::Tensor& input, const torch::Tensor& weight) {
  const bool volume = input.dim() == 5;
  return {input.size(0),  volume ? input.size(2) : 1,   input.size(-2), input.size(-1), input.size(1),
          weight.size(0), volume && weight.size(2) == 3};
}

bool suitsWinograd(const torch::Tensor& input, const torch::Tensor& weight, const Sizes& stride) {
  if (!input.device().is_cpu() || input.scalar_type() != torch::kFloat || at::autocast::is_autocast_enabled(at::kCPU))
    return false;
  if (std::any_of(stride.begin(), stride.end(), [](int64_t step) { return step != 1; })) return false;
  if (weight.size(-1) != 3 || weight.size(-2) != 3 || (weight.dim() == 5 && weight.size(2) != 3 && weight.size(2) != 1))
    return false;
  const auto shape = winogradShape(input, weight);
  const int64_t tiles = shape.samples * shape.depth * shape.height * shape.width / (shape.deep ? 8 : 4);
  return winograd::supported(shape.in, shape.out) && tiles >= kFewestTiles;
}

class WinogradConvolution : public torch::autograd::Function<WinogradConvolution> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& input,
                               const torch::Tensor& weight) {
    const auto x = inNativeLayout(input);
    const auto w = weight.contiguous();
    const auto shape = winogradShape(x, w);
    auto sizes = x.sizes().vec();
    sizes[1] = shape.out;
    auto y = torch::empty(sizes, x.options(), x.suggest_memory_format());
    const int64_t taps = w.numel() / (shape.in * shape.out);
    winograd::convolve(shape, x.const_data_ptr<float>(), {w.const_data_ptr<float>(), shape.in * taps, taps, false},
                       y.mutable_data_ptr<float>());
    context->save_for_backward({x, w});
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &w = saved[1];
    const auto dy = inNativeLayout(gradients[0]);
    auto shape = winogradShape(x, w);
    const int64_t taps = w.numel() / (shape.in * shape.out);
    torch::Tensor dx, dw;
    if (context->needs_input_grad(1)) {
      dw = torch::empty_like(w);
      winograd::weightGradient(shape, x.const_data_ptr<float>(), dy.const_data_ptr<float>(),
                               dw.mutable_data_ptr<float>());
    }
    if (context->needs_input_grad(0)) {
      dx = torch::empty_like(x);
      std::swap(shape.in, shape.out);  // the gradient flows from the outputs to the inputs, through the kernel reversed
      winograd::convolve(shape, dy.const_data_ptr<float>(), {w.const_data_ptr<float>(), taps, shape.out * taps, true},
                         dx.mutable_data_ptr<float>());
    }
    return {dx, dw};
  }
};

}  // namespace

torch::Tensor inNativeLayout(const torch::Tensor& input) {
  if (!input.device().is_cpu()) return input;
  return input.contiguous(input.dim() == 5 ? at::MemoryFormat::ChannelsLast3d : at::MemoryFormat::ChannelsLast);
}

torch::Tensor convolution(const torch::Tensor& input, const torch::Tensor& weight, const Sizes& stride,
                          const Sizes& padding) {
  if (suitsWinograd(input, weight, stride)) return WinogradConvolution::apply(input, weight);
  return input.dim() == 5 ? torch::conv3d(input, weight, {}, stride, at::IntArrayRef(padding))
                          : torch::conv2d(input, weight, {}, stride, at::IntArrayRef(padding));
}

}  // namespace nnunet
