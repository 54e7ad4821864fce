/** Runs networks over a volume, tile by tile. Source: nnU-Net 2.8.1, predict_from_raw_data.py (spec: inference section
 * 3). */
#pragma once

#include <functional>
#include <vector>

#include "trainer/device.h"
#include "trainer/network/unet.h"
#include "voxels/shape.h"

namespace nnunet {

struct WindowSettings {
  voxels::Shape3 patch;         ///< 2D networks: a leading 1
  std::vector<int> mirrorAxes;  ///< of the patch without that leading 1
  double stepSize = 0.5;
  bool gaussian = true;
  torch::Device device = torch::kCPU;
  Precision precision = Precision::fp32;
};

/** Told after every group of tiles: how many of all tiles of all networks are done. */
using TileProgress = std::function<void(int64_t done, int64_t total)>;

/**
 * @param networks  one per fold; their logits are averaged
 * @param volume    (C, z, y, x) float32 on the CPU, preprocessed
 * @returns logits (heads, z, y, x) as float16 bits
 */
std::vector<uint16_t> predictLogits(const std::vector<UNet>& networks, const torch::Tensor& volume,
                                    const WindowSettings& settings, const TileProgress& progress);

}  // namespace nnunet
