// How one axis is resampled: which input samples an output sample is made of, with which weights.
// Output o lies at input coordinate (o + 0.5) * (in / out) - 0.5 (half-pixel centres), in float64.
// Source: scipy.ndimage.zoom with grid_mode (spec: preprocessing section 6.6).
#pragma once

#include <cstdint>
#include <vector>

namespace nnunet::voxels {

double inputCoordinate(int64_t output, int64_t inSize, int64_t outSize);

/// out[o] = in[low[o]] * lowWeight[o] + in[high[o]] * highWeight[o]
struct LinearAxis {
  int64_t inSize = 0;
  std::vector<int32_t> low;
  std::vector<int32_t> high;
  std::vector<double> lowWeight;
  std::vector<double> highWeight;
  std::vector<int32_t> nearestIndex;  ///< of the input sample nearest to each output sample; ties go up
  bool nearest = false;               ///< every highWeight is 0 and every lowWeight is 1
  bool identity = false;              ///< nearest, and low[o] == o for every input sample

  int64_t outSize() const { return static_cast<int64_t>(low.size()); }
};

/// Order 1. Beyond the first and last sample both taps are that sample, with the weights of the unclamped coordinate:
/// their sum differs from the sample by a last bit, as scipy's does.
LinearAxis linearAxis(int64_t inSize, int64_t outSize);
/// Order 0: ties go up.
LinearAxis nearestAxis(int64_t inSize, int64_t outSize);

}  // namespace nnunet::voxels
