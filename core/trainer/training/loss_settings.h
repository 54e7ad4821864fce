/** Losses by the names that jobs give them. */
#pragma once

#include <string>

#include "network/loss.h"

namespace nnunet {

/** One of "dice-ce", "dice", "ce", "dice-ce-no-smooth", "topk", "topk-smoothed", "dice-topk". Throws CoreError
 * "bad-job". */
LossSettings lossSettings(const std::string& name);

/** 1, 1/2, 1/4, … with the lowest resolution at 0, normalised to a sum of 1 (one output: just 1). */
std::vector<double> deepSupervisionWeights(size_t outputs);

}  // namespace nnunet
