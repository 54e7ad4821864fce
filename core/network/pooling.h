/** Averages over the boxes of a stride: how the skip path of a residual block gets smaller. */
#pragma once

#include "network/shape.h"
#include "network/workspace.h"

namespace nnunet::network {

/** target = mean of each box of source voxels. */
void averagePool(const ConstVolume& source, const Axes& stride, const Volume& target, const Workspace& workspace);

/** sourceGradient = or += targetGradient / voxels of a box */
void averagePoolGradient(const ConstVolume& targetGradient, const Axes& stride, bool adds, const Volume& sourceGradient,
                         const Workspace& workspace);

}  // namespace nnunet::network
