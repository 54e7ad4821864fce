/** A preprocessed image in memory. */
#pragma once

#include <vector>

#include "voxels/shape.h"

namespace nnunet {

struct ImageVolume {
  int64_t channels = 0;
  voxels::Shape3 shape{};
  std::vector<float> values;  ///< (channels, z, y, x)
};

}  // namespace nnunet
