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

/** Per spatial axis. */
using Sizes = std::vector<int64_t>;

/**
 * Convolution, instance normalisation, LeakyReLU(0.01).
 * The convolution's bias exists (checkpoints hold it) but is not added: the normalisation removes it again exactly.
 */
struct ConvUnit {
  torch::Tensor weight, bias, normWeight, normBias;
  Sizes stride, padding;
  double epsilon = 1e-5;
  bool activated = true;

  ConvUnit(int64_t in, int64_t out, const Sizes& kernel, const Sizes& stride, bool hasBias, double epsilon,
           bool activated = true);
  /** (N, in, spatial) -> (N, out, spatial / stride) */
  torch::Tensor forward(const torch::Tensor& input) const;
  void collect(const std::string& prefix, ParameterList& parameters) const;
};

/** BasicBlockD: two units and a skip path (average pool and/or 1x1 unit), joined before the last LeakyReLU. */
struct ResidualBlock {
  ConvUnit first, second;
  Sizes poolStride;                  ///< empty: no pooling in the skip path
  std::vector<ConvUnit> projection;  ///< none or one 1x1 unit without bias and nonlinearity
  int projectionIndex = 0;           ///< its position in the skip path, which is part of its name

  ResidualBlock(int64_t in, int64_t out, const Sizes& kernel, const Sizes& stride, bool hasBias, double epsilon);
  torch::Tensor forward(const torch::Tensor& input) const;
  void collect(const std::string& prefix, ParameterList& parameters) const;
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
