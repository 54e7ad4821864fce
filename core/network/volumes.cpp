#include "network/volumes.h"

namespace nnunet::network {

void loadImage(const float* image, const Volume& target, const Workspace& workspace) {
  const Axes& extent = target.extent;
  const int64_t voxels = target.voxels();
  workspace.pool.run(target.samples * extent[0], [&](int64_t piece, int) {
    const int64_t n = piece / extent[0], z = piece % extent[0];
    for (int64_t c = 0; c < target.channels; ++c) {
      const float* from = image + (n * target.channels + c) * voxels + z * extent[1] * extent[2];
      for (int64_t y = 0; y < extent[1]; ++y) {
        float* to = target.at(n, z, y, 0) + c;
        for (int64_t x = 0; x < extent[2]; ++x) to[x * target.voxel] = *from++;
      }
    }
  });
}

void clearBorder(float* memory, const Shape& shape, const Workspace& workspace) {
  const Axes &extent = shape.extent, &border = shape.border;
  if (border == Axes{0, 0, 0}) return;
  const int64_t width = extent[2] + 2 * border[2], height = extent[1] + 2 * border[1], row = width * shape.channels;
  const int64_t depth = extent[0] + 2 * border[0], edge = border[2] * shape.channels;
  workspace.pool.run(shape.samples * depth, [&](int64_t piece, int) {
    float* plane = memory + piece * height * row;
    const int64_t z = piece % depth - border[0];
    if (z < 0 || z >= extent[0]) {
      std::fill_n(plane, height * row, 0.f);
      return;
    }
    std::fill_n(plane, border[1] * row, 0.f);
    std::fill_n(plane + (border[1] + extent[1]) * row, border[1] * row, 0.f);
    for (int64_t y = border[1]; y < border[1] + extent[1]; ++y) {
      std::fill_n(plane + y * row, edge, 0.f);
      std::fill_n(plane + (y + 1) * row - edge, edge, 0.f);
    }
  });
}

void addVolume(const ConstVolume& source, const Volume& target, const Workspace& workspace) {
  workspace.pool.run(target.samples * target.extent[0], [&](int64_t piece, int) {
    const int64_t n = piece / target.extent[0], z = piece % target.extent[0];
    for (int64_t y = 0; y < target.extent[1]; ++y)
      for (int64_t x = 0; x < target.extent[2]; ++x) {
        const float* from = source.at(n, z, y, x);
        float* to = target.at(n, z, y, x);
        for (int64_t c = 0; c < target.channels; ++c) to[c] += from[c];
      }
  });
}

}  // namespace nnunet::network
