#include "voxels/shape.h"

#include "voxels/error.h"

namespace nnunet::voxels {

void throwTooLarge() {
  throw VoxelError("too-large", "A volume with that many voxels fits into no memory");
}

}  // namespace nnunet::voxels
