/** Optimizers by name. */
#pragma once

#include <string>

#include "network/optimizer_settings.h"

namespace nnunet {

/** By the names of jobs and checkpoints. Throws CoreError "bad-job". */
OptimizerKind optimizerKind(const std::string& name);
std::string nameOf(OptimizerKind kind);

}  // namespace nnunet
