/**
 * Instance and batch normalisation with leaky ReLU, and where a residual path joins, over volumes whose channels lie
 * next to each other. Sums over voxels are made in slabs of a fixed size, then in double: the same for any number of
 * threads.
 */
#pragma once

#include "network/shape.h"
#include "network/workspace.h"

namespace nnunet::network {

/** What is learnt of a normalisation, and how it counts. */
struct NormTerms {
  const float *weight, *bias;
  double epsilon;
  bool overBatch;  ///< batch normalisation: one mean for all samples
};

/** Numbers in the table per sample: scale, shift, mean and inverse deviation of each channel. */
constexpr int64_t kTableRows = 4;

/** What batch normalisation gathers while it trains: means and unbiased variances, per channel. */
struct BatchMoments {
  std::span<float> mean, variance;
};

/** Fills the table from the volume itself. @param moments  filled, too, where they are asked for (overBatch only) */
void normStatistics(const ConstVolume& sums, const NormTerms& terms, float* table, const BatchMoments& moments,
                    const Workspace& workspace);

/** Fills the table from gathered means and variances. */
void gatheredStatistics(const NormTerms& terms, const float* mean, const float* variance, int64_t samples,
                        int64_t channels, float* table);

/** output = leaky(normalised sums + addend) @param addend may have no data: nothing is added */
void normalise(const ConstVolume& sums, const float* table, const ConstVolume& addend, float slope,
               const Volume& output, const Workspace& workspace);

/** gradient = gradient where output is positive, slope * gradient elsewhere. */
void activationGradient(const ConstVolume& output, float slope, const Volume& gradient, const Workspace& workspace);

/** Gradients of sums (may be the memory of the output's), weight and bias, through the mean and the deviation. */
void normaliseGradient(const ConstVolume& sums, const float* table, const ConstVolume& outputGradient, float slope,
                       bool overBatch, const Volume& sumsGradient, float* weightGradient, float* biasGradient,
                       const Workspace& workspace);

Scratch normalisationScratch(const Shape& shape);

}  // namespace nnunet::network
