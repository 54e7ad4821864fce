/**
 * The shape of a U-Net as the plans describe it (`architecture.arch_kwargs`).
 * Source: dynamic-network-architectures 0.4.4, PlainConvUNet and ResidualEncoderUNet.
 */
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

namespace nnunet {

struct Architecture {
  bool residualEncoder = false;
  int dims = 3;                                   ///< 2 or 3 spatial axes
  int64_t inputChannels = 1;                      ///< image channels, plus one per foreground label in a cascade
  int64_t outputChannels = 2;                     ///< labels with background, or regions
  std::vector<int64_t> features;                  ///< per stage
  std::vector<std::vector<int64_t>> kernelSizes;  ///< per stage and axis (z, y, x)
  std::vector<std::vector<int64_t>> strides;      ///< per stage and axis; all ones for stage 0
  std::vector<int64_t> encoderUnits;              ///< convolutions (plain) or blocks (residual) per stage
  std::vector<int64_t> decoderUnits;              ///< convolutions per decoder stage, from the bottom
  bool convBias = true;
  bool batchNorm = false;  ///< otherwise instance normalisation
  double normEpsilon = 1e-5;

  size_t stages() const { return features.size(); }
};

/**
 * Reads `network` of a job: {"className", "archKwargs", "inputChannels", "outputChannels"}.
 * Throws CoreError "unsupported-network" for what is not one of the two U-Nets with
 * instance or batch normalisation.
 */
Architecture readArchitecture(const nlohmann::json& network);

}  // namespace nnunet
