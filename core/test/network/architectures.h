/** Small networks for tests: every kind that plans describe. */
#pragma once

#include <string>

#include "network/architecture.h"

namespace nnunet::network {

/** Kernels 3 and strides 2 everywhere, as most plans have them. */
inline Architecture smallArchitecture(bool residual, int dims, std::vector<int64_t> features) {
  Architecture a;
  a.residualEncoder = residual;
  a.dims = dims;
  a.outputChannels = 3;
  a.features = std::move(features);
  const size_t stages = a.features.size();
  a.kernelSizes.assign(stages, std::vector<int64_t>(dims, 3));
  a.strides.assign(stages, std::vector<int64_t>(dims, 2));
  a.strides[0].assign(dims, 1);
  a.encoderUnits.assign(stages, 2);
  a.decoderUnits.assign(stages - 1, residual ? 1 : 2);
  return a;
}

/** As for thick slices: the first stage leaves z alone. */
inline Architecture anisotropicArchitecture(bool residual) {
  Architecture a = smallArchitecture(residual, 3, {8, 16, 16});
  a.kernelSizes[0] = {1, 3, 3};
  a.strides[1] = {1, 2, 2};
  return a;
}

}  // namespace nnunet::network
