#include "trainer/network/upsampling.h"

#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>

#include <cstring>

#include "trainer/network/convolution.h"

namespace nnunet {
namespace {

using Sizes = std::vector<int64_t>;

/** How rows of the small volume meet runs of the large one; 2D has depth 1. */
struct Layout {
  int64_t samples, depth, height, width;  ///< of the input
  int64_t in, out, skip;                  ///< channels
  int64_t sz, sy, sx;                     ///< stride

  Layout(const torch::Tensor& x, int64_t out, int64_t skip, const Sizes& stride)
      : samples(x.size(0)),
        depth(x.dim() == 5 ? x.size(2) : 1),
        height(x.size(-2)),
        width(x.size(-1)),
        in(x.size(1)),
        out(out),
        skip(skip),
        sz(x.dim() == 5 ? stride[0] : 1),
        sy(stride[stride.size() - 2]),
        sx(stride.back()) {}
  int64_t rows() const { return samples * depth * height * width; }
  int64_t taps() const { return sz * sy * sx; }

  /**
   * Calls body(product row, first joined voxel) for every pair of an input line and a (z, y) tap, in parallel: input
   * voxel i of the line and x-tap k belong to joined voxel first + i * sx + k.
   */
  template <class Body>
  void forEachLine(const Body& body) const {
    at::parallel_for(0, samples * depth * height, 1, [&](int64_t begin, int64_t end) {
      for (int64_t line = begin; line < end; ++line) {
        const int64_t y = line % height, z = line / height % depth, n = line / (height * depth);
        for (int64_t i = 0; i < sz; ++i)
          for (int64_t j = 0; j < sy; ++j)
            body(line * width, (i * sy + j) * sx, (((n * depth + z) * sz + i) * height * sy + y * sy + j) * width * sx);
      }
    });
  }
};

class UpsampleAndJoin : public torch::autograd::Function<UpsampleAndJoin> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& input,
                               const torch::Tensor& weight, const torch::Tensor& bias, const torch::Tensor& skipInput,
                               Sizes stride) {
    const auto x = inNativeLayout(input), skip = inNativeLayout(skipInput);
    const Layout layout(x, weight.size(1), skip.size(1), stride);
    // (in, taps, out): one row of the product holds all output voxels of one input voxel, channels last.
    const auto matrix = weight.flatten(2).transpose(1, 2).reshape({layout.in, layout.taps() * layout.out});
    const auto rows = x.movedim(1, -1).reshape({layout.rows(), layout.in});
    const auto product = torch::addmm(bias.repeat({layout.taps()}), rows, matrix);
    auto sizes = skip.sizes().vec();
    sizes[1] += layout.out;
    auto joined = torch::empty(sizes, x.options(), x.suggest_memory_format());
    const float *from = product.const_data_ptr<float>(), *other = skip.const_data_ptr<float>();
    float* to = joined.mutable_data_ptr<float>();
    const int64_t width = layout.out + layout.skip, rowSize = layout.taps() * layout.out;
    layout.forEachLine([&](int64_t row, int64_t tap, int64_t voxel) {
      for (int64_t i = 0; i < layout.width; ++i)
        for (int64_t k = 0; k < layout.sx; ++k) {
          const int64_t target = voxel + i * layout.sx + k;
          std::memcpy(to + target * width, from + (row + i) * rowSize + (tap + k) * layout.out,
                      layout.out * sizeof(float));
          std::memcpy(to + target * width + layout.out, other + target * layout.skip, layout.skip * sizeof(float));
        }
    });
    context->save_for_backward({rows, matrix});
    context->saved_data["input"] = x.sizes().vec();
    context->saved_data["weight"] = weight.sizes().vec();
    context->saved_data["skip"] = skip.sizes().vec();
    context->saved_data["stride"] = stride;
    return joined;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &rows = saved[0], &matrix = saved[1];
    const auto inputSizes = context->saved_data["input"].toIntVector(),
               weightSizes = context->saved_data["weight"].toIntVector();
    const auto dy = inNativeLayout(gradients[0]);
    const auto format = dy.suggest_memory_format();
    auto dSkip = torch::empty(context->saved_data["skip"].toIntVector(), dy.options(), format);
    const auto inputLike = torch::empty(inputSizes, dy.options().device(torch::kMeta));
    const Layout layout(inputLike, weightSizes[1], dSkip.size(1), context->saved_data["stride"].toIntVector());
    auto dProduct = torch::empty({layout.rows(), layout.taps() * layout.out}, dy.options());
    const float* from = dy.const_data_ptr<float>();
    float *to = dProduct.mutable_data_ptr<float>(), *other = dSkip.mutable_data_ptr<float>();
    const int64_t width = layout.out + layout.skip, rowSize = layout.taps() * layout.out;
    layout.forEachLine([&](int64_t row, int64_t tap, int64_t voxel) {
      for (int64_t i = 0; i < layout.width; ++i)
        for (int64_t k = 0; k < layout.sx; ++k) {
          const int64_t source = voxel + i * layout.sx + k;
          std::memcpy(to + (row + i) * rowSize + (tap + k) * layout.out, from + source * width,
                      layout.out * sizeof(float));
          std::memcpy(other + source * layout.skip, from + source * width + layout.out, layout.skip * sizeof(float));
        }
    });
    auto spatialFirst = inputSizes;
    spatialFirst.erase(spatialFirst.begin() + 1);
    spatialFirst.push_back(layout.in);
    const auto dInput = dProduct.mm(matrix.t()).view(spatialFirst).movedim(-1, 1);
    const auto dWeight =
        rows.t().mm(dProduct).view({layout.in, layout.taps(), layout.out}).transpose(1, 2).reshape(weightSizes);
    torch::Tensor dBias;
    if (context->needs_input_grad(2)) dBias = dProduct.view({-1, layout.out}).sum(0);
    return {dInput, dWeight, dBias, dSkip, {}};
  }
};

}  // namespace

torch::Tensor upsampleAndJoin(const torch::Tensor& input, const torch::Tensor& weight, const torch::Tensor& bias,
                              const torch::Tensor& skip, const Sizes& stride) {
  const bool fused = input.device().is_cpu() && input.scalar_type() == torch::kFloat &&
                     skip.scalar_type() == torch::kFloat && !at::autocast::is_autocast_enabled(at::kCPU);
  if (fused)
    return UpsampleAndJoin::apply(input, weight, bias.defined() ? bias : torch::zeros({weight.size(1)}), skip, stride);
  const auto upsampled = stride.size() == 3 ? torch::conv_transpose3d(input, weight, bias, stride)
                                            : torch::conv_transpose2d(input, weight, bias, stride);
  return torch::cat({upsampled, skip}, 1);
}

}  // namespace nnunet
