/** A network of core/network and the arrays of checkpoints. */
#pragma once

#include <functional>

#include "network/network.h"
#include "trainer/arrays.h"

namespace nnunet {

/** Says whether a weight of the file is left out, by its name. */
using LeaveOut = std::function<bool(const std::string& name)>;

/**
 * Copies weights and what batch normalisation gathered, from floating point numbers of any size. Throws CoreError
 * "checkpoint-mismatch" where one is missing (and must not be) or has another shape or type.
 */
void copyWeights(const ArrayFile& stored, network::Network& network, Missing missing, const LeaveOut& leaveOut,
                 const std::string& file);

}  // namespace nnunet
