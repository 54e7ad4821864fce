/** Which parameters a network has: names, shapes and order are those of nnU-Net's state_dict and optimizer. */
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "network/architecture.h"

namespace nnunet::network {

struct Parameter {
  std::string name;
  std::vector<int64_t> shape;
  int64_t first;  ///< where it begins among all numbers
  int64_t count;
};

/** Parameters in one piece of memory; gradients and the optimizer's state are laid out alike. */
struct ParameterTable {
  std::vector<Parameter> parameters;
  int64_t numbers = 0;

  /** Its place in the list; -1: there is none of that name. */
  int find(const std::string& name) const;
};

/** What is learnt, in the order in which nnU-Net's optimizer numbers it. */
ParameterTable parametersOf(const Architecture& architecture);

/** What batch normalisation gathers (running_mean, running_var); empty with instance normalisation. */
ParameterTable runningStatisticsOf(const Architecture& architecture);

/**
 * nnU-Net's initial values: convolutions from He's normal distribution for LeakyReLU(0.01), biases 0, norms 1 and 0,
 * the last norm of a residual block 0 and 0. The same seed gives the same numbers on every system.
 */
void drawWeights(const ParameterTable& table, uint32_t seed, std::span<float> values);

}  // namespace nnunet::network
