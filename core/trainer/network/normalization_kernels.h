/**
 * The loops of instance normalisation over channels-last memory: `rows` voxels of `channels` values each.
 * T is float or bfloat16 (as its bits, uint16_t); all arithmetic is float32. Sums are added to what is there.
 */
#pragma once

#include <cstdint>

namespace nnunet::kernels {

/** Per channel: scale and shift of the forward pass, and what the backward pass needs besides. */
struct ChannelTerms {
  const float* scale;  ///< weight / standard deviation
  const float* shift;  ///< bias
  const float* mean;
  const float* inverseDeviation;
};

/** sum += x - pivot, squares += (x - pivot)^2 per channel. The pivot keeps the variance free of cancellation. */
void channelSums(const float* x, int64_t rows, int64_t channels, const float* pivot, float* sum, float* squares);
void channelSums(const uint16_t* x, int64_t rows, int64_t channels, const float* pivot, float* sum, float* squares);

/** y = leaky((x - mean) * scale + shift) */
void scaleShiftLeaky(const float* x, int64_t rows, int64_t channels, const ChannelTerms& terms, float slope, float* y);
void scaleShiftLeaky(const uint16_t* x, int64_t rows, int64_t channels, const ChannelTerms& terms, float slope,
                     uint16_t* y);

/** With g = dy * leaky'(z): sumG += g, sumGx += g * normalised x, per channel. */
void gradientSums(const float* x, const float* dy, int64_t rows, int64_t channels, const ChannelTerms& terms,
                  float slope, float* sumG, float* sumGx);
void gradientSums(const uint16_t* x, const uint16_t* dy, int64_t rows, int64_t channels, const ChannelTerms& terms,
                  float slope, float* sumG, float* sumGx);

/** dx = scale * (g - meanG - normalised x * meanGx) */
void inputGradient(const float* x, const float* dy, int64_t rows, int64_t channels, const ChannelTerms& terms,
                   float slope, const float* meanG, const float* meanGx, float* dx);
void inputGradient(const uint16_t* x, const uint16_t* dy, int64_t rows, int64_t channels, const ChannelTerms& terms,
                   float slope, const float* meanG, const float* meanGx, uint16_t* dx);

}  // namespace nnunet::kernels
