#include "trainer/network/normalization_kernels.h"

#include <bit>

#include "voxels/simd.h"

namespace nnunet::kernels {
namespace {

[[gnu::always_inline]] inline float load(float value) {
  return value;
}
[[gnu::always_inline]] inline float load(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}
[[gnu::always_inline]] inline void store(float value, float& target) {
  target = value;
}
[[gnu::always_inline]] inline void store(float value, uint16_t& target) {
  const auto bits = std::bit_cast<uint32_t>(value);
  target = static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);  // round to nearest even
}

template <class T>
[[gnu::always_inline]] inline void sums(const T* x, int64_t rows, int64_t channels, const float* pivot, float* sum,
                                        float* squares) {
  for (int64_t row = 0; row < rows; ++row, x += channels) {
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; ++c) {
      const float d = load(x[c]) - pivot[c];
      sum[c] += d;
      squares[c] += d * d;
    }
  }
}

template <class T>
[[gnu::always_inline]] inline void apply(const T* x, int64_t rows, int64_t channels, const ChannelTerms& terms,
                                         float slope, T* y) {
  const float *scale = terms.scale, *shift = terms.shift, *mean = terms.mean;
  for (int64_t row = 0; row < rows; ++row, x += channels, y += channels) {
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; ++c) {
      const float z = (load(x[c]) - mean[c]) * scale[c] + shift[c];
      store(z > 0 ? z : z * slope, y[c]);
    }
  }
}

template <class T>
[[gnu::always_inline]] inline void backwardSums(const T* x, const T* dy, int64_t rows, int64_t channels,
                                                const ChannelTerms& terms, float slope, float* sumG, float* sumGx) {
  const float *scale = terms.scale, *shift = terms.shift, *mean = terms.mean, *inverse = terms.inverseDeviation;
  for (int64_t row = 0; row < rows; ++row, x += channels, dy += channels) {
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; ++c) {
      const float centred = load(x[c]) - mean[c], gradient = load(dy[c]);
      const float g = centred * scale[c] + shift[c] > 0 ? gradient : gradient * slope;
      sumG[c] += g;
      sumGx[c] += g * (centred * inverse[c]);
    }
  }
}

template <class T>
[[gnu::always_inline]] inline void backwardInput(const T* x, const T* dy, int64_t rows, int64_t channels,
                                                 const ChannelTerms& terms, float slope, const float* meanG,
                                                 const float* meanGx, T* dx) {
  const float *scale = terms.scale, *shift = terms.shift, *mean = terms.mean, *inverse = terms.inverseDeviation;
  for (int64_t row = 0; row < rows; ++row, x += channels, dy += channels, dx += channels) {
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; ++c) {
      const float centred = load(x[c]) - mean[c], gradient = load(dy[c]);
      const float g = centred * scale[c] + shift[c] > 0 ? gradient : gradient * slope;
      store(scale[c] * (g - meanG[c] - centred * inverse[c] * meanGx[c]), dx[c]);
    }
  }
}

}  // namespace

NNUNET_SIMD void channelSums(const float* x, int64_t rows, int64_t channels, const float* pivot, float* sum,
                             float* squares) {
  sums(x, rows, channels, pivot, sum, squares);
}
NNUNET_SIMD void channelSums(const uint16_t* x, int64_t rows, int64_t channels, const float* pivot, float* sum,
                             float* squares) {
  sums(x, rows, channels, pivot, sum, squares);
}
NNUNET_SIMD void scaleShiftLeaky(const float* x, int64_t rows, int64_t channels, const ChannelTerms& terms, float slope,
                                 float* y) {
  apply(x, rows, channels, terms, slope, y);
}
NNUNET_SIMD void scaleShiftLeaky(const uint16_t* x, int64_t rows, int64_t channels, const ChannelTerms& terms,
                                 float slope, uint16_t* y) {
  apply(x, rows, channels, terms, slope, y);
}
NNUNET_SIMD void gradientSums(const float* x, const float* dy, int64_t rows, int64_t channels,
                              const ChannelTerms& terms, float slope, float* sumG, float* sumGx) {
  backwardSums(x, dy, rows, channels, terms, slope, sumG, sumGx);
}
NNUNET_SIMD void gradientSums(const uint16_t* x, const uint16_t* dy, int64_t rows, int64_t channels,
                              const ChannelTerms& terms, float slope, float* sumG, float* sumGx) {
  backwardSums(x, dy, rows, channels, terms, slope, sumG, sumGx);
}
NNUNET_SIMD void inputGradient(const float* x, const float* dy, int64_t rows, int64_t channels,
                               const ChannelTerms& terms, float slope, const float* meanG, const float* meanGx,
                               float* dx) {
  backwardInput(x, dy, rows, channels, terms, slope, meanG, meanGx, dx);
}
NNUNET_SIMD void inputGradient(const uint16_t* x, const uint16_t* dy, int64_t rows, int64_t channels,
                               const ChannelTerms& terms, float slope, const float* meanG, const float* meanGx,
                               uint16_t* dx) {
  backwardInput(x, dy, rows, channels, terms, slope, meanG, meanGx, dx);
}

}  // namespace nnunet::kernels
