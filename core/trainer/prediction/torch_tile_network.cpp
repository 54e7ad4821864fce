#include "trainer/prediction/torch_tile_network.h"

#include <ATen/Context.h>

#include "trainer/memory.h"
#include "trainer/torch_weights.h"

namespace nnunet {
namespace {

/** With the networks that it predicts with. */
class LoadedTileNetwork : public TorchTileNetwork {
 public:
  LoadedTileNetwork(std::unique_ptr<std::vector<UNet>> networks, const Settings& settings)
      : TorchTileNetwork(*networks, settings), networks_(std::move(networks)) {}

 private:
  std::unique_ptr<std::vector<UNet>> networks_;
};

}  // namespace

void TorchTileNetwork::predict(std::span<const float> tiles, int64_t count, std::span<float> logits) {
  torch::NoGradGuard noGrad;
  const auto& network = networks_[fold_];
  const auto& a = network.architecture();
  std::vector<int64_t> shape{count, a.inputChannels};
  shape.insert(shape.end(), settings_.patch.begin() + (3 - a.dims), settings_.patch.end());
  const auto input = torch::from_blob(const_cast<float*>(tiles.data()), shape).to(settings_.device);
  const AutocastScope autocast(settings_.precision, settings_.device);
  auto sum = network.forward(input, 1)[0];
  for (const auto& flip : flips_) {
    std::vector<int64_t> axes;
    for (const int axis : flip) axes.push_back(axis + 2);  // behind sample and channel
    sum = sum + network.forward(input.flip(axes), 1)[0].flip(axes);
  }
  if (!flips_.empty()) sum = sum / static_cast<double>(flips_.size() + 1);
  const auto result = sum.to(torch::kCPU, torch::kFloat).contiguous();
  std::copy_n(result.const_data_ptr<float>(), logits.size(), logits.begin());
}

std::string TorchTileNetwork::description() const {
  return settings_.device.str() + ", " + nameOf(settings_.precision) + ", LibTorch";
}

void TorchTileNetwork::caseDone() {
  releaseCachedMemory();  // the export needs it, and the next case has other sizes
}

std::unique_ptr<TileNetwork> makeTorchTileNetwork(const PredictionJob& job) {
  TorchTileNetwork::Settings settings{job.patch, job.mirrorAxes};
  settings.device = chooseDevice(job.device);
  at::globalContext().setAllowTF32CuDNN(false);  // it has as few digits as fp16; fp32 means float32 here
  settings.precision = choosePrecision(job.precision, Use::prediction, settings.device);
  auto networks = std::make_unique<std::vector<UNet>>();
  for (const auto& checkpoint : job.checkpoints) {
    networks->emplace_back(job.network);
    loadWeights(checkpoint, networks->back());
    networks->back().to(settings.device);
  }
  return std::make_unique<LoadedTileNetwork>(std::move(networks), settings);
}

}  // namespace nnunet
