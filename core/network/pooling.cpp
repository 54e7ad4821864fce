#include "network/pooling.h"

namespace nnunet::network {
namespace {

/** Calls body(sample, z, y) for each line of a volume, lines in parallel. */
template <class AnyVolume, class Body>
void forEachLine(const AnyVolume& volume, ThreadPool& pool, const Body& body) {
  pool.run(volume.samples * volume.extent[0], [&](int64_t piece, int) {
    for (int64_t y = 0; y < volume.extent[1]; ++y) body(piece / volume.extent[0], piece % volume.extent[0], y);
  });
}

}  // namespace

void averagePool(const ConstVolume& source, const Axes& stride, const Volume& target, const Workspace& workspace) {
  const float share = 1.f / static_cast<float>(product(stride));
  forEachLine(target, workspace.pool, [&](int64_t n, int64_t z, int64_t y) {
    for (int64_t x = 0; x < target.extent[2]; ++x) {
      float* to = target.at(n, z, y, x);
      std::fill_n(to, target.channels, 0.f);
      for (int64_t i = 0; i < stride[0]; ++i)
        for (int64_t j = 0; j < stride[1]; ++j)
          for (int64_t k = 0; k < stride[2]; ++k) {
            const float* from = source.at(n, z * stride[0] + i, y * stride[1] + j, x * stride[2] + k);
            for (int64_t c = 0; c < target.channels; ++c) to[c] += from[c];
          }
      for (int64_t c = 0; c < target.channels; ++c) to[c] *= share;
    }
  });
}

void averagePoolGradient(const ConstVolume& targetGradient, const Axes& stride, bool adds, const Volume& sourceGradient,
                         const Workspace& workspace) {
  const float share = 1.f / static_cast<float>(product(stride));
  forEachLine(sourceGradient, workspace.pool, [&](int64_t n, int64_t z, int64_t y) {
    for (int64_t x = 0; x < sourceGradient.extent[2]; ++x) {
      float* to = sourceGradient.at(n, z, y, x);
      const float* from = targetGradient.at(n, z / stride[0], y / stride[1], x / stride[2]);
      if (adds)
        for (int64_t c = 0; c < sourceGradient.channels; ++c) to[c] += from[c] * share;
      else
        for (int64_t c = 0; c < sourceGradient.channels; ++c) to[c] = from[c] * share;
    }
  });
}

}  // namespace nnunet::network
