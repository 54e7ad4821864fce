/** The way back of a network whose way forward is planned: gradients in reverse order, and what is computed again. */
#pragma once

#include "network/plan.h"

namespace nnunet::network {

/** Adds losses and the way back to the plan. */
void planBackward(NetworkPlan& plan);

}  // namespace nnunet::network
