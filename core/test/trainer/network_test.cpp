#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>

#include "trainer/device.h"
#include "trainer/network/unet.h"

namespace nnunet {
namespace {

Architecture architecture(bool residual, int dims, std::vector<int64_t> features, std::vector<int64_t> encoderUnits) {
  Architecture a;
  a.residualEncoder = residual;
  a.dims = dims;
  a.outputChannels = 3;
  a.features = std::move(features);
  const size_t stages = a.features.size();
  a.kernelSizes.assign(stages, std::vector<int64_t>(dims, 3));
  a.strides.assign(stages, std::vector<int64_t>(dims, 2));
  a.strides[0].assign(dims, 1);
  a.encoderUnits = std::move(encoderUnits);
  a.decoderUnits.assign(stages - 1, residual ? 1 : 2);
  return a;
}

int64_t parameterCount(const UNet& network) {
  int64_t count = 0;
  for (const auto& parameter : network.parameters()) count += parameter.tensor.numel();
  return count;
}

const std::vector<int64_t> kFeatures3d{32, 64, 128, 256, 320, 320};
const std::vector<int64_t> kFeatures2d{32, 64, 128, 256, 512, 512, 512, 512};

// Counts of the published networks (spec: network, section 5).
TEST(UNet, HasThePublishedNumberOfParameters) {
  EXPECT_EQ(parameterCount(UNet(architecture(false, 3, kFeatures3d, std::vector<int64_t>(6, 2)))), 31'196'399);
  EXPECT_EQ(parameterCount(UNet(architecture(true, 3, kFeatures3d, {1, 3, 4, 6, 6, 6}))), 102'350'575);
  EXPECT_EQ(parameterCount(UNet(architecture(false, 2, kFeatures2d, std::vector<int64_t>(8, 2)))), 46'326'581);
  EXPECT_EQ(parameterCount(UNet(architecture(true, 2, kFeatures2d, {1, 3, 4, 6, 6, 6, 6, 6}))), 140'019'061);
}

TEST(UNet, NamesItsParametersInTheOrderOfTheOptimizer) {
  const UNet network(architecture(true, 3, {16, 32}, {1, 2}));
  std::vector<std::string> names;
  for (const auto& parameter : network.parameters()) names.push_back(parameter.name);
  EXPECT_EQ(names.front(), "encoder.stem.convs.0.conv.weight");
  EXPECT_EQ(names.back(), "decoder.seg_layers.0.bias");
  // The stride-2 block that also changes the channels pools first, so its projection is the second module of the skip.
  EXPECT_NE(std::find(names.begin(), names.end(), "encoder.stages.1.blocks.0.skip.1.conv.weight"), names.end());
  EXPECT_EQ(std::find(names.begin(), names.end(), "encoder.stages.1.blocks.0.skip.1.conv.bias"), names.end());
}

TEST(UNet, GivesOneOutputForEachDecoderStageHighestResolutionFirst) {
  const UNet network(architecture(false, 3, {16, 32, 32}, {2, 2, 2}));
  const auto outputs = network.forward(torch::randn({2, 1, 16, 8, 24}), 2);
  ASSERT_EQ(outputs.size(), 2u);
  EXPECT_EQ(outputs[0].sizes().vec(), (std::vector<int64_t>{2, 3, 16, 8, 24}));
  EXPECT_EQ(outputs[1].sizes().vec(), (std::vector<int64_t>{2, 3, 8, 4, 12}));
}

TEST(UNet, GivesScoresInFloat32AlsoInMixedPrecision) {
  torch::manual_seed(1);
  const UNet network(architecture(false, 3, {16, 32}, {2, 2}));
  const auto input = torch::randn({1, 1, 8, 8, 8});
  const auto exact = network.forward(input, 1)[0];
  const AutocastScope autocast(Precision::bf16, torch::kCPU);
  const auto scores = network.forward(input, 1)[0];
  EXPECT_EQ(scores.scalar_type(), torch::kFloat);
  EXPECT_LT((scores - exact).abs().max().item<double>(), 0.1 * exact.abs().max().item<double>());
  // Not rounded to bf16's 8 bits.
  EXPECT_FALSE(torch::equal(scores, scores.to(torch::kBFloat16).to(torch::kFloat)));
  EXPECT_TRUE(at::autocast::is_autocast_enabled(at::kCPU));  // what follows a head is in mixed precision again
}

/** A unit of torch's own layers: what nnU-Net's trainer with batch normalisation makes. */
TEST(ConvUnit, NormalizesByBatchesAsTorchDoes) {
  torch::manual_seed(3);
  const ConvUnit unit(2, 3, {3, 3, 3}, {1, 1, 1}, /*hasBias=*/true, {.ofBatch = true});
  {
    torch::NoGradGuard noGrad;
    unit.bias.normal_();
    unit.normWeight.normal_();
    unit.normBias.normal_();
  }
  auto mean = torch::zeros({3}), variance = torch::ones({3});
  const auto reference = [&](const torch::Tensor& input, bool training) {
    const auto convolved = torch::conv3d(input, unit.weight, unit.bias, 1, 1);
    const auto normalized =
        at::batch_norm(convolved, unit.normWeight, unit.normBias, mean, variance, training, 0.1, 1e-5, false);
    return torch::leaky_relu(normalized, 0.01);
  };
  for (int step = 0; step < 3; ++step) {
    const auto input = torch::randn({2, 2, 5, 6, 7}) + step;
    const auto expected = reference(input, true), actual = unit.forward(input, Mode::training);
    EXPECT_LT((actual - expected).abs().max().item<double>(), 1e-4);
  }
  EXPECT_LT((unit.runningMean - mean).abs().max().item<double>(), 1e-5);
  EXPECT_LT((unit.runningVariance - variance).abs().max().item<double>(), 1e-4);
  EXPECT_EQ(unit.batches.item<int64_t>(), 3);
  const auto input = torch::randn({1, 2, 5, 6, 7});
  EXPECT_LT((unit.forward(input, Mode::predicting) - reference(input, false)).abs().max().item<double>(), 1e-4);
  EXPECT_EQ(unit.batches.item<int64_t>(), 3);  // prediction changes nothing
}

TEST(UNet, KeepsWhatBatchNormalisationSaw) {
  auto a = architecture(true, 2, {4, 8}, {1, 1});
  EXPECT_TRUE(UNet(a).buffers().empty());
  a.batchNorm = true;
  const UNet network(a);
  EXPECT_EQ(network.buffers().front().name, "encoder.stem.convs.0.norm.running_mean");
  EXPECT_EQ(network.buffers().back().name, "decoder.stages.0.convs.0.norm.num_batches_tracked");
  EXPECT_EQ(network.parameters().size(), UNet(architecture(true, 2, {4, 8}, {1, 1})).parameters().size());
}

TEST(SegmentationHead, MultipliesInFloat32InMixedPrecision) {
  torch::manual_seed(1);
  const SegmentationHead head(24, 3, 3);
  const auto features = torch::randn({2, 24, 3, 5, 4}).to(torch::kBFloat16);
  const auto exact = torch::conv3d(features.to(torch::kDouble), head.weight.to(torch::kDouble));
  const AutocastScope autocast(Precision::bf16, torch::kCPU);
  EXPECT_LT((head.forward(features) - exact).abs().max().item<double>(), 1e-5);
}

TEST(UNet, DrawsWeightsWithTheStandardDeviationOfHe) {
  torch::manual_seed(1);
  const UNet network(architecture(false, 3, {32, 64}, {2, 2}));
  for (const auto& [name, tensor] : network.parameters()) {
    if (!name.ends_with("conv.weight") && !name.ends_with("transpconvs.0.weight")) continue;
    const double fanIn = static_cast<double>(tensor.numel() / tensor.size(0));
    EXPECT_NEAR(tensor.std().item<double>() / std::sqrt(2 / (1 + 1e-4) / fanIn), 1, 0.1) << name;
  }
}

TEST(UNet, StartsResidualBlocksAsTheirSkipPath) {
  torch::manual_seed(1);
  const UNet network(architecture(true, 2, {16, 32}, {1, 1}));
  for (const auto& [name, tensor] : network.parameters()) {
    if (name.find(".conv2.norm.") != std::string::npos) {
      EXPECT_EQ(tensor.abs().max().item<double>(), 0) << name;
    }
  }
}

TEST(UNet, RefusesNetworksThatItIsNot) {
  const nlohmann::json job{{"className", "a.b.SwinUNETR"},
                           {"inputChannels", 1},
                           {"outputChannels", 2},
                           {"archKwargs", nlohmann::json::object()}};
  EXPECT_THROW(readArchitecture(job), std::exception);
}

}  // namespace
}  // namespace nnunet
