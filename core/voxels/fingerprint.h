// Foreground intensities of the training cases, and their statistics (spec: formats section 3,
// dataset_fingerprint.json).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "voxels/normalize.h"
#include "voxels/parallel.h"
#include "voxels/random_state.h"
#include "voxels/shape.h"

namespace nnunet::voxels {

/// What one case contributes to one channel: `draws` values drawn with replacement from its foreground. Where the
/// foreground is smaller than the sample, the foreground and the generator are kept instead, and the draws are repeated
/// whenever they are needed: nnU-Net's 10^8 values per channel then take no memory.
struct ForegroundDraws {
  std::span<const float> values;  ///< foreground in C order, or the drawn values themselves
  int64_t draws = 0;
  std::optional<RandomState> generator;  ///< state before the first draw; none: `values` are the draws
};

/// The same, owning its values.
struct ForegroundSample {
  std::vector<float> values;
  int64_t draws = 0;
  std::optional<RandomState> generator;

  ForegroundDraws view() const { return {values, draws, generator}; }
};

/// @param data (channels, shape) @param segmentation (shape); foreground is label > 0
/// @param draws values to draw per channel: floor(10^8 / number of cases)
/// @returns one sample per channel; without foreground they are empty. RandomState(1234), used across channels in
/// order. O(voxels + draws * channels)
std::vector<ForegroundSample> sampleForeground(std::span<const float> data, int64_t channels, const Shape3& shape,
                                               std::span<const int16_t> segmentation, int64_t draws,
                                               const RunOptions& run = {});

/// Statistics of one channel over its cases in order: np.mean, np.std, np.percentile (linear) of the concatenation, in
/// float32; in float64 where a case has no foreground, since numpy's concatenation is float64 then, and where float32
/// overflows (there nnU-Net's are infinite).
/// Two passes over the draws, constant scratch (percentiles by radix selection). NaN everywhere without any value.
IntensityProperties intensityStatistics(std::span<const ForegroundDraws> cases, const RunOptions& run = {});

}  // namespace nnunet::voxels
