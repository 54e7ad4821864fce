/** Runs networks over a volume, tile by tile. Source: nnU-Net 2.8.1, predict_from_raw_data.py (spec: inference section
 * 3). */
#pragma once

#include <functional>
#include <vector>

#include "trainer/prediction/tile_network.h"
#include "trainer/prediction/volume.h"

namespace nnunet {

struct WindowSettings {
  voxels::Shape3 patch;  ///< 2D networks: a leading 1
  int dims = 3;
  int64_t heads = 2;
  double stepSize = 0.5;
  bool gaussian = true;
  int threads = 1;  ///< that add up tiles
};

/** Told after every group of tiles: how many of all tiles of all folds are done. */
using TileProgress = std::function<void(int64_t done, int64_t total)>;

/**
 * @param network  the logits of its folds are averaged
 * @param volume   preprocessed
 * @returns logits (heads, z, y, x) as float16 bits
 */
std::vector<uint16_t> predictLogits(TileNetwork& network, const ImageVolume& volume, const WindowSettings& settings,
                                    const TileProgress& progress);

}  // namespace nnunet
