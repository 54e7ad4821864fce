/** Which steps a U-Net takes for patches of one size, forward and back, and where each value lies meanwhile. */
#pragma once

#include "network/arena.h"
#include "network/step.h"
#include "network/weights.h"

namespace nnunet::network {

struct PlanRequest {
  int64_t samples = 1;
  std::vector<int64_t> patch;  ///< voxels per axis; divisible by the product of the strides
  size_t heads = 1;      ///< outputs, from the highest resolution down; each has a stride less than the one before
  bool training = true;  ///< with the way back
};

struct NetworkPlan {
  Architecture architecture;
  ParameterTable parameters, runningStatistics;
  std::vector<Layer> layers;
  std::vector<Value> values;
  std::vector<Step> forward, losses, backward;
  std::vector<Part> scores;          ///< per head, highest resolution first
  std::vector<Part> scoreGradients;  ///< the same; empty without the way back
  std::vector<bool> trained;         ///< per parameter: whether a gradient reaches it (heads that are left out: none)
  ArenaPlan arena;                   ///< per value
};

/** Throws std::invalid_argument where the patch does not fit the strides. */
NetworkPlan planNetwork(const Architecture& architecture, const PlanRequest& request);

}  // namespace nnunet::network
