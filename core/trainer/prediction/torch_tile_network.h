/** Prediction with LibTorch, on any device that it knows. */
#pragma once

#include "trainer/device.h"
#include "trainer/network/unet.h"
#include "trainer/prediction/tile_network.h"

namespace nnunet {

class TorchTileNetwork : public TileNetwork {
 public:
  struct Settings {
    voxels::Shape3 patch;  ///< 2D: a leading 1
    std::vector<int> mirrorAxes;
    torch::Device device = torch::kCPU;
    Precision precision = Precision::fp32;
  };
  /** @param networks  on the device, one per fold; the caller keeps them */
  TorchTileNetwork(const std::vector<UNet>& networks, const Settings& settings)
      : networks_(networks), settings_(settings), flips_(mirrorings(settings.mirrorAxes)) {}

  size_t folds() const override { return networks_.size(); }
  void take(size_t fold) override { fold_ = fold; }
  void predict(std::span<const float> tiles, int64_t count, std::span<float> logits) override;
  std::string description() const override;
  void caseDone() override;

 private:
  const std::vector<UNet>& networks_;
  Settings settings_;
  std::vector<std::vector<int>> flips_;
  size_t fold_ = 0;
};

}  // namespace nnunet
