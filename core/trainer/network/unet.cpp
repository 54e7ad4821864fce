#include "trainer/network/unet.h"

#include "trainer/network/convolution.h"

namespace nnunet {

UNet::UNet(const Architecture& architecture) : architecture_(architecture) {
  const auto& a = architecture_;
  const size_t stages = a.stages();
  const Sizes one(a.dims, 1);
  const Normalization norm{a.batchNorm, a.normEpsilon};
  if (a.residualEncoder) stem_.emplace(a.inputChannels, a.features[0], a.kernelSizes[0], one, a.convBias, norm);

  int64_t channels = a.residualEncoder ? a.features[0] : a.inputChannels;
  for (size_t stage = 0; stage < stages; ++stage) {
    auto& units = encoder_.emplace_back();
    for (int64_t i = 0; i < a.encoderUnits[stage]; ++i) {
      const auto& stride = i == 0 ? a.strides[stage] : one;
      if (a.residualEncoder)
        units.emplace_back(ResidualBlock(channels, a.features[stage], a.kernelSizes[stage], stride, a.convBias, norm));
      else
        units.emplace_back(ConvUnit(channels, a.features[stage], a.kernelSizes[stage], stride, a.convBias, norm));
      channels = a.features[stage];
    }
  }
  for (size_t j = 0; j + 1 < stages; ++j) {
    const size_t skipStage = stages - 2 - j;
    const int64_t skip = a.features[skipStage];
    upsamplings_.emplace_back(a.features[skipStage + 1], skip, a.strides[skipStage + 1], a.convBias);
    auto& units = decoder_.emplace_back();
    for (int64_t i = 0; i < a.decoderUnits[j]; ++i)
      units.emplace_back(i == 0 ? 2 * skip : skip, skip, a.kernelSizes[skipStage], one, a.convBias, norm);
    heads_.emplace_back(skip, a.outputChannels, a.dims);
  }

  // The order of collection is the order of nnU-Net's optimizer indices (spec: network, section 5).
  const auto collect = [&](const auto& unit, const std::string& name) {
    unit.collect(name, parameters_);
    unit.collectBuffers(name, buffers_);
  };
  if (stem_) collect(*stem_, "encoder.stem.convs.0");
  for (size_t stage = 0; stage < stages; ++stage) {
    const std::string prefix = "encoder.stages." + std::to_string(stage);
    for (size_t i = 0; i < encoder_[stage].size(); ++i) {
      const std::string name = prefix + (a.residualEncoder ? ".blocks." : ".0.convs.") + std::to_string(i);
      std::visit([&](const auto& unit) { collect(unit, name); }, encoder_[stage][i]);
    }
  }
  for (size_t j = 0; j < decoder_.size(); ++j)
    for (size_t i = 0; i < decoder_[j].size(); ++i)
      collect(decoder_[j][i], "decoder.stages." + std::to_string(j) + ".convs." + std::to_string(i));
  for (size_t j = 0; j < upsamplings_.size(); ++j)
    upsamplings_[j].collect("decoder.transpconvs." + std::to_string(j), parameters_);
  for (size_t j = 0; j < heads_.size(); ++j) heads_[j].collect("decoder.seg_layers." + std::to_string(j), parameters_);
}

std::vector<torch::Tensor> UNet::forward(const torch::Tensor& input, size_t heads, Mode mode) const {
  auto x = inNativeLayout(input);
  if (stem_) x = stem_->forward(x, mode);
  std::vector<torch::Tensor> skips;
  for (const auto& units : encoder_) {
    for (const auto& unit : units) x = std::visit([&](const auto& u) { return u.forward(x, mode); }, unit);
    skips.push_back(x);
  }
  std::vector<torch::Tensor> outputs(heads);
  for (size_t j = 0; j < decoder_.size(); ++j) {
    x = upsamplings_[j].forward(x, skips[skips.size() - 2 - j]);
    for (const auto& unit : decoder_[j]) x = unit.forward(x, mode);
    const size_t output = decoder_.size() - 1 - j;  // 0 is the highest resolution
    if (output < heads) outputs[output] = heads_[j].forward(x);
  }
  return outputs;
}

void UNet::to(torch::Device device) {
  torch::NoGradGuard noGrad;
  for (auto* list : {&parameters_, &buffers_})
    for (auto& entry : *list) entry.tensor.set_data(entry.tensor.to(device));
}

}  // namespace nnunet
