#include "trainer/network/architecture.h"

#include "trainer/fields.h"

namespace nnunet {
namespace {

CoreError unsupported(const std::string& what) {
  return {"unsupported-network", what + " is not supported",
          "Only the U-Nets of nnU-Net's own planners are trained and used here."};
}

std::string lastPart(const std::string& dotted) {
  return dotted.substr(dotted.rfind('.') + 1);
}

/** Per-stage numbers are written as a list, or as one number that holds for every stage. */
std::vector<int64_t> perStage(const nlohmann::json& value, size_t stages) {
  if (value.is_number_integer()) return std::vector<int64_t>(stages, value.get<int64_t>());
  return value.get<std::vector<int64_t>>();
}

std::vector<std::vector<int64_t>> perStageAndAxis(const nlohmann::json& value, size_t stages, int dims) {
  std::vector<std::vector<int64_t>> result(stages, std::vector<int64_t>(dims));
  for (size_t stage = 0; stage < stages; ++stage) {
    const auto& entry = value.is_array() ? value.at(stage) : value;
    if (entry.is_array())
      result[stage] = entry.get<std::vector<int64_t>>();
    else
      std::fill(result[stage].begin(), result[stage].end(), entry.get<int64_t>());
    if (result[stage].size() != static_cast<size_t>(dims))
      throw unsupported("A kernel or stride with a wrong number of axes");
  }
  return result;
}

}  // namespace

Architecture readArchitecture(const nlohmann::json& network) {
  Fields fields(network, "the job's network");
  Architecture result;
  const std::string className = lastPart(fields.get<std::string>("className"));
  result.inputChannels = fields.get<int64_t>("inputChannels");
  result.outputChannels = fields.get<int64_t>("outputChannels");
  const auto& kwargs = fields.at("archKwargs");
  fields.finish();

  if (className == "ResidualEncoderUNet")
    result.residualEncoder = true;
  else if (className != "PlainConvUNet")
    throw unsupported("The network " + className);
  const std::string norm =
      lastPart(kwargs.value("norm_op", std::string("torch.nn.modules.instancenorm.InstanceNorm3d")));
  result.batchNorm = norm.starts_with("BatchNorm");
  if (!result.batchNorm && !norm.starts_with("InstanceNorm")) throw unsupported("The normalisation " + norm);
  if (kwargs.contains("dropout_op") && !kwargs["dropout_op"].is_null()) throw unsupported("Dropout");
  if (kwargs.value("nonlin_first", false)) throw unsupported("A nonlinearity before the normalisation");

  result.dims = lastPart(kwargs.at("conv_op").get<std::string>()) == "Conv2d" ? 2 : 3;
  const auto stages = kwargs.at("n_stages").get<size_t>();
  result.features = perStage(kwargs.at("features_per_stage"), stages);
  result.kernelSizes = perStageAndAxis(kwargs.at("kernel_sizes"), stages, result.dims);
  result.strides = perStageAndAxis(kwargs.at("strides"), stages, result.dims);
  result.encoderUnits = perStage(kwargs.at(result.residualEncoder ? "n_blocks_per_stage" : "n_conv_per_stage"), stages);
  result.decoderUnits = perStage(kwargs.at("n_conv_per_stage_decoder"), stages - 1);
  result.convBias = kwargs.value("conv_bias", true);
  if (kwargs.contains("norm_op_kwargs") && kwargs["norm_op_kwargs"].contains("eps"))
    result.normEpsilon = kwargs["norm_op_kwargs"]["eps"].get<double>();
  if (stages < 2 || result.features.size() != stages || result.encoderUnits.size() != stages ||
      result.decoderUnits.size() != stages - 1)
    throw unsupported("A network whose per-stage lists differ in length");
  return result;
}

}  // namespace nnunet
