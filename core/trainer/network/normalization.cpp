#include "trainer/network/normalization.h"

#include <ATen/Parallel.h>

#include "trainer/network/convolution.h"
#include "trainer/network/normalization_kernels.h"

namespace nnunet {
namespace {

using kernels::ChannelTerms;

/** Rows that one task works on: small enough for the cache, and the same for every number of threads. */
constexpr int64_t kChunk = 2048;

/** A channels-last tensor as samples x rows x channels. */
struct Extent {
  int64_t samples, rows, channels, chunks;
  explicit Extent(const torch::Tensor& x)
      : samples(x.size(0)),
        rows(x.numel() / (x.size(0) * x.size(1))),
        channels(x.size(1)),
        chunks((rows + kChunk - 1) / kChunk) {}
};

/** Calls body(sample, chunk, first row, rows in the chunk) in parallel. */
template <class Body>
void forEachChunk(const Extent& extent, const Body& body) {
  at::parallel_for(0, extent.samples * extent.chunks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t chunk = task % extent.chunks, first = chunk * kChunk;
      body(task / extent.chunks, chunk, first, std::min(kChunk, extent.rows - first));
    }
  });
}

/** Per-chunk sums of two quantities, added up in double in a fixed order: the result does not depend on threads. */
template <class Kernel>
void reducePairs(const Extent& extent, const Kernel& kernel, std::vector<double>& first, std::vector<double>& second) {
  const int64_t width = 2 * extent.channels;
  std::vector<float> partial(extent.samples * extent.chunks * width, 0.f);
  forEachChunk(extent, [&](int64_t sample, int64_t chunk, int64_t row, int64_t rows) {
    float* sums = partial.data() + (sample * extent.chunks + chunk) * width;
    kernel(sample, row, rows, sums, sums + extent.channels);
  });
  first.assign(extent.samples * extent.channels, 0.0);
  second.assign(extent.samples * extent.channels, 0.0);
  for (int64_t sample = 0; sample < extent.samples; ++sample)
    for (int64_t chunk = 0; chunk < extent.chunks; ++chunk) {
      const float* sums = partial.data() + (sample * extent.chunks + chunk) * width;
      for (int64_t c = 0; c < extent.channels; ++c) {
        first[sample * extent.channels + c] += sums[c];
        second[sample * extent.channels + c] += sums[extent.channels + c];
      }
    }
}

/** Views of one sample's four rows in a (4, samples, channels) table. */
ChannelTerms termsOf(const torch::Tensor& table, int64_t sample) {
  const int64_t samples = table.size(1), channels = table.size(2);
  const float* data = table.const_data_ptr<float>();
  const auto row = [&](int64_t i) { return data + (i * samples + sample) * channels; };
  return {row(0), row(1), row(2), row(3)};
}

/** @returns {output, table (4, N, C): scale, shift, mean, inverse deviation} */
template <class T>
std::pair<torch::Tensor, torch::Tensor> forwardOnCpu(const torch::Tensor& x, const torch::Tensor& weight,
                                                     const torch::Tensor& bias, double epsilon, float slope) {
  const Extent extent(x);
  const int64_t channels = extent.channels, stride = extent.rows * channels;
  const T* data = static_cast<const T*>(x.const_data_ptr());
  std::vector<float> pivots(extent.samples * channels);
  for (int64_t n = 0; n < extent.samples; ++n) {
    const auto firstRow =
        torch::from_blob(const_cast<T*>(data + n * stride), {channels}, x.scalar_type()).to(torch::kFloat);
    std::copy_n(firstRow.template const_data_ptr<float>(), channels, pivots.data() + n * channels);
  }
  std::vector<double> sums, squares;
  reducePairs(
      extent,
      [&](int64_t n, int64_t row, int64_t rows, float* sum, float* square) {
        kernels::channelSums(data + n * stride + row * channels, rows, channels, pivots.data() + n * channels, sum,
                             square);
      },
      sums, squares);

  auto table = torch::empty({4, extent.samples, channels}, torch::kFloat);
  auto terms = table.accessor<float, 3>();
  const float *w = weight.const_data_ptr<float>(), *b = bias.const_data_ptr<float>();
  for (int64_t n = 0; n < extent.samples; ++n)
    for (int64_t c = 0; c < channels; ++c) {
      const int64_t i = n * channels + c;
      const double shifted = sums[i] / extent.rows;
      const double variance = std::max(0.0, squares[i] / extent.rows - shifted * shifted);
      const double mean = pivots[i] + shifted, inverse = 1.0 / std::sqrt(variance + epsilon);
      terms[0][n][c] = static_cast<float>(w[c] * inverse);
      terms[1][n][c] = b[c];
      terms[2][n][c] = static_cast<float>(mean);
      terms[3][n][c] = static_cast<float>(inverse);
    }

  auto y = torch::empty_like(x);
  T* result = static_cast<T*>(y.mutable_data_ptr());
  forEachChunk(extent, [&](int64_t n, int64_t, int64_t row, int64_t rows) {
    const int64_t offset = n * stride + row * channels;
    kernels::scaleShiftLeaky(data + offset, rows, channels, termsOf(table, n), slope, result + offset);
  });
  return {y, table};
}

/** @returns gradients of input, weight and bias */
template <class T>
std::array<torch::Tensor, 3> backwardOnCpu(const torch::Tensor& x, const torch::Tensor& dy, const torch::Tensor& table,
                                           float slope) {
  const Extent extent(x);
  const int64_t channels = extent.channels, stride = extent.rows * channels;
  const T* data = static_cast<const T*>(x.const_data_ptr());
  const T* gradient = static_cast<const T*>(dy.const_data_ptr());
  std::vector<double> sumG, sumGx;
  reducePairs(
      extent,
      [&](int64_t n, int64_t row, int64_t rows, float* g, float* gx) {
        const int64_t offset = n * stride + row * channels;
        kernels::gradientSums(data + offset, gradient + offset, rows, channels, termsOf(table, n), slope, g, gx);
      },
      sumG, sumGx);
  auto dWeight = torch::zeros({channels}), dBias = torch::zeros({channels});
  float *dw = dWeight.data_ptr<float>(), *db = dBias.data_ptr<float>();
  std::vector<float> meanG(sumG.size()), meanGx(sumG.size());
  for (size_t i = 0; i < sumG.size(); ++i) {
    dw[i % channels] += static_cast<float>(sumGx[i]);
    db[i % channels] += static_cast<float>(sumG[i]);
    meanG[i] = static_cast<float>(sumG[i] / extent.rows);
    meanGx[i] = static_cast<float>(sumGx[i] / extent.rows);
  }
  auto dx = torch::empty_like(x);
  T* result = static_cast<T*>(dx.mutable_data_ptr());
  forEachChunk(extent, [&](int64_t n, int64_t, int64_t row, int64_t rows) {
    const int64_t offset = n * stride + row * channels;
    kernels::inputGradient(data + offset, gradient + offset, rows, channels, termsOf(table, n), slope,
                           meanG.data() + n * channels, meanGx.data() + n * channels, result + offset);
  });
  return {dx, dWeight, dBias};
}

class FusedNormActivation : public torch::autograd::Function<FusedNormActivation> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& input,
                               const torch::Tensor& weight, const torch::Tensor& bias, double epsilon, double slope) {
    const auto x = inNativeLayout(input);
    const auto [y, table] = x.scalar_type() == torch::kBFloat16
                                ? forwardOnCpu<uint16_t>(x, weight, bias, epsilon, static_cast<float>(slope))
                                : forwardOnCpu<float>(x, weight, bias, epsilon, static_cast<float>(slope));
    context->save_for_backward({x, table});
    context->saved_data["slope"] = slope;
    return y;
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto slope = static_cast<float>(context->saved_data["slope"].toDouble());
    const auto& x = saved[0];
    const auto dy = inNativeLayout(gradients[0]).to(x.scalar_type());
    auto [dx, dw, db] = x.scalar_type() == torch::kBFloat16 ? backwardOnCpu<uint16_t>(x, dy, saved[1], slope)
                                                            : backwardOnCpu<float>(x, dy, saved[1], slope);
    return {dx, dw, db, {}, {}};
  }
};

}  // namespace

torch::Tensor instanceNormLeakyRelu(const torch::Tensor& input, const torch::Tensor& weight, const torch::Tensor& bias,
                                    double epsilon, double slope) {
  const bool fused =
      input.device().is_cpu() && (input.scalar_type() == torch::kFloat || input.scalar_type() == torch::kBFloat16);
  if (fused) return FusedNormActivation::apply(input, weight, bias, epsilon, slope);
  const auto normalised = torch::instance_norm(input, weight, bias, {}, {}, /*use_input_stats=*/true, /*momentum=*/0.0,
                                               epsilon, /*cudnn_enabled=*/true);
  return slope == 1.0 ? normalised : torch::leaky_relu(normalised, slope);
}

}  // namespace nnunet
