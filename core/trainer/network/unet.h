/**
 * nnU-Net's two networks: plain and residual-encoder U-Net, in 2D and 3D.
 * Parameter names, shapes, order and initialisation are those of PlainConvUNet and ResidualEncoderUNet.
 */
#pragma once

#include <optional>

#include "trainer/network/architecture.h"
#include "trainer/network/layers.h"

namespace nnunet {

class UNet {
 public:
  /** A network with fresh random weights (torch's generator decides). */
  explicit UNet(const Architecture& architecture);

  /**
   * @param input (N, channels, spatial), spatial divisible by the product of the strides
   * @param heads how many outputs to compute, from the highest resolution down; each has half the one before
   * @param mode  counts for batch normalisation only
   * @return raw class scores in float32, highest resolution first
   */
  std::vector<torch::Tensor> forward(const torch::Tensor& input, size_t heads, Mode mode = Mode::predicting) const;

  /** Every parameter once, in the order in which nnU-Net's optimizer numbers them. */
  const ParameterList& parameters() const { return parameters_; }
  /** What batch normalisation saw of the training: not trained, but part of the network. */
  const ParameterList& buffers() const { return buffers_; }
  const Architecture& architecture() const { return architecture_; }
  /** Number of outputs with deep supervision: one for each decoder stage. */
  size_t outputs() const { return heads_.size(); }
  void to(torch::Device device);

 private:
  using Unit = std::variant<ConvUnit, ResidualBlock>;
  Architecture architecture_;
  std::optional<ConvUnit> stem_;
  std::vector<std::vector<Unit>> encoder_;
  std::vector<std::vector<ConvUnit>> decoder_;  // from the bottom
  std::vector<Upsampling> upsamplings_;
  std::vector<SegmentationHead> heads_;
  ParameterList parameters_, buffers_;
};

}  // namespace nnunet
