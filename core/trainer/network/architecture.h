/** Reads the shape of a U-Net from a job. */
#pragma once

#include <nlohmann/json.hpp>

#include "network/architecture.h"

namespace nnunet {

/**
 * Reads `network` of a job: {"className", "archKwargs", "inputChannels", "outputChannels"}.
 * Throws CoreError "unsupported-network" for what is not one of the two U-Nets with
 * instance or batch normalisation.
 */
Architecture readArchitecture(const nlohmann::json& network);

}  // namespace nnunet
