/** What is done to volumes as such: taking in an image, clearing borders, adding one to another. */
#pragma once

#include "network/shape.h"
#include "network/workspace.h"

namespace nnunet::network {

/** @param image (samples, channels, z, y, x), dense */
void loadImage(const float* image, const Volume& target, const Workspace& workspace);

/** Writes zeros around the volume of that shape. */
void clearBorder(float* memory, const Shape& shape, const Workspace& workspace);

/** target += source */
void addVolume(const ConstVolume& source, const Volume& target, const Workspace& workspace);

}  // namespace nnunet::network
