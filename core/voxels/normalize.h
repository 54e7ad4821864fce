// Intensity normalisation, in place, float32, value for value as nnU-Net's numpy code (spec: preprocessing section 4).
#pragma once

#include <cstdint>
#include <span>

#include "voxels/parallel.h"
#include "voxels/shape.h"

namespace nnunet::voxels {

/// Statistics of the foreground of a channel over the training cases.
struct IntensityProperties {
  double mean = 0;
  double median = 0;
  double std = 0;
  double min = 0;
  double max = 0;
  double percentile_99_5 = 0;
  double percentile_00_5 = 0;
};

enum class Normalization { CT, ZScore, None, RescaleTo01, RgbTo01 };

struct ChannelNormalization {
  Normalization scheme = Normalization::ZScore;
  bool useMask = false;            ///< ZScore: statistics and changes only where segmentation >= 0
  IntensityProperties properties;  ///< CT only
};

/// @param data (channels.size(), shape), changed in place
/// @param segmentation (shape), needed where a channel uses the mask, else may be empty
/// @param transposeForward how the axes were permuted since the image was read: numpy adds up in the order of memory,
/// in which nnU-Net's transposed view still has its old axes. Decides last bits of ZScore without mask.
/// @throws VoxelError "mask-missing", "rgb-out-of-range", "intensities-overflow" (statistics of the image that are
/// infinite) O(voxels); no scratch, except the masked voxels of one channel.
void normalize(std::span<float> data, const Shape3& shape, std::span<const int16_t> segmentation,
               std::span<const ChannelNormalization> channels, const Axes3& transposeForward = {0, 1, 2},
               const RunOptions& run = {});

}  // namespace nnunet::voxels
