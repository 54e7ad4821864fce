/**
 * What predicts tiles of one size, with the weights of several folds: our own network on processors, or LibTorch's. The
 * window knows neither.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "trainer/prediction/prediction_job.h"

namespace nnunet {

class TileNetwork {
 public:
  virtual ~TileNetwork() = default;

  virtual size_t folds() const = 0;
  /** Predicts with that fold's weights from now on. */
  virtual void take(size_t fold) = 0;
  /**
   * @param tiles   (count, channels, patch), count at most what the network was made for
   * @param logits  (count, heads, patch): means over the mirrorings, which are summed in float32
   */
  virtual void predict(std::span<const float> tiles, int64_t count, std::span<float> logits) = 0;

  /** Device, precision and threads, for people. */
  virtual std::string description() const = 0;
  /** A case is predicted: memory that fits its sizes only can go. */
  virtual void caseDone() {}
};

/** Tiles that go through the network together: enough to keep the cores busy with small 2D patches. */
int64_t tilesAtOnce(const voxels::Shape3& patch);

/** All non-empty subsets of the axes, smaller ones first, in the order of Python's itertools.combinations. */
std::vector<std::vector<int>> mirrorings(const std::vector<int>& axes);

/** Which engine predicts on a device: what the job says, or our own on processors in float32. */
std::unique_ptr<TileNetwork> makeTileNetwork(const PredictionJob& job);

std::unique_ptr<TileNetwork> makeTorchTileNetwork(const PredictionJob& job);

}  // namespace nnunet
