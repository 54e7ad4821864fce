/** Who started this process, and that it does not outlive them. */
#pragma once

namespace nnunet {

/**
 * Sends this process SIGTERM once its standard input ends, where NNUNET_STOP_WITH_INPUT says that the parent holds the
 * other end: the system closes it however the parent dies. Nobody would take what is printed afterwards.
 * (Linux's PR_SET_PDEATHSIG would miss a parent that is gone already, and fires when a mere thread of it ends.)
 */
void stopWithParent();

}  // namespace nnunet
