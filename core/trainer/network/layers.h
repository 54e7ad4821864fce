/** The layers that the U-Nets are made of: convolution units, residual blocks, transposed convolutions, heads. */
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "trainer/torch.h"

namespace nnunet {

/** A parameter under the name that nnU-Net's checkpoints give it. */
struct NamedParameter {
  std::string name;
  torch::Tensor tensor;
};
using ParameterList = std::vector<NamedParameter>;

/** Batch normalisation takes a batch as it is in training, and what it saw of all in prediction. */
enum class Mode { predicting, training };

struct Normalization {
  bool ofBatch = false;  ///< otherwise of each instance
  double epsilon = 1e-5;
};

/** Per spatial axis. */
using Sizes = std::vector<int64_t>;

/**
 * Convolution, normalisation, LeakyReLU(0.01).
 * The convolution's bias exists (checkpoints hold it) but is not added: the normalisation removes it again exactly.
 * Only what batch normalisation keeps of the batches' means counts it.
 */
struct ConvUnit {
  torch::Tensor weight, bias, normWeight, normBias;
  torch::Tensor runningMean, runningVariance, batches;  ///< of batch normalisation only
  Sizes stride, padding;
  Normalization normalization;
  bool activated = true;

  ConvUnit(int64_t in, int64_t out, const Sizes& kernel, const Sizes& stride, bool hasBias, Normalization normalization,
           bool activated = true);
  /** (N, in, spatial) -> (N, out, spatial / stride). Training: batch normalisation notes down what it sees. */
  torch::Tensor forward(const torch::Tensor& input, Mode mode) const;
  void collect(const std::string& prefix, ParameterList& parameters) const;
  /** What is kept besides parameters. */
  void collectBuffers(const std::string& prefix, ParameterList& buffers) const;

 private:
  torch::Tensor normalizedByBatch(const torch::Tensor& convolved, Mode mode) const;
};

/** BasicBlockD: two units and a skip path (average pool and/or 1x1 unit), joined before the last LeakyReLU. */
struct ResidualBlock {
  ConvUnit first, second;
  Sizes poolStride;                  ///< empty: no pooling in the skip path
  std::vector<ConvUnit> projection;  ///< none or one 1x1 unit without bias and nonlinearity
  int projectionIndex = 0;           ///< its position in the skip path, which is part of its name

  ResidualBlock(int64_t in, int64_t out, const Sizes& kernel, const Sizes& stride, bool hasBias,
                Normalization normalization);
  torch::Tensor forward(const torch::Tensor& input, Mode mode) const;
  void collect(const std::string& prefix, ParameterList& parameters) const;
  void collectBuffers(const std::string& prefix, ParameterList& buffers) const;

 private:
  std::string projectionName(const std::string& prefix) const;
};

/** Transposed convolution with kernel = stride, then the skip behind it: -> (N, out + skip channels, spatial * stride).
 */
struct Upsampling {
  torch::Tensor weight, bias;
  Sizes stride;

  Upsampling(int64_t in, int64_t out, const Sizes& stride, bool hasBias);
  torch::Tensor forward(const torch::Tensor& input, const torch::Tensor& skip) const;
  void collect(const std::string& prefix, ParameterList& parameters) const;
};

/** 1x1 convolution to class scores: (N, in, spatial) -> (N, classes, spatial), contiguous; float32, also in mixed
 * precision. */
struct SegmentationHead {
  torch::Tensor weight, bias;

  SegmentationHead(int64_t in, int64_t classes, int dims);
  torch::Tensor forward(const torch::Tensor& features) const;
  void collect(const std::string& prefix, ParameterList& parameters) const;
};

}  // namespace nnunet
