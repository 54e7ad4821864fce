/** Prediction on processors with core/network. */
#pragma once

#include "network/network.h"
#include "trainer/arrays.h"
#include "trainer/prediction/tile_network.h"

namespace nnunet {

class ProcessorTileNetwork : public TileNetwork {
 public:
  struct Settings {
    Architecture architecture;
    voxels::Shape3 patch;  ///< 2D: a leading 1
    std::vector<int> mirrorAxes;
    int threads = 0;  ///< 0: all cores
  };
  explicit ProcessorTileNetwork(const Settings& settings);

  /** Throws CoreError "checkpoint-mismatch". */
  void addFold(const ArrayFile& stored, const std::string& file);

  size_t folds() const override { return folds_.size(); }
  void take(size_t fold) override;
  void predict(std::span<const float> tiles, int64_t count, std::span<float> logits) override;
  std::string description() const override;

 private:
  struct Fold {
    std::vector<float> weights, running;
  };

  Settings settings_;
  network::ThreadPool pool_;
  network::Network network_;
  std::vector<Fold> folds_;
  std::vector<std::vector<int>> flips_;
  std::vector<float> tiles_;  ///< as many as the network takes, as it is to see them
};

}  // namespace nnunet
