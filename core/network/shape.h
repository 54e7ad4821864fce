/** What a value of the network looks like in memory: volumes channels last with a border of zeros, scores, tables. */
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

namespace nnunet::network {

/** Per spatial axis: z, y, x. 2D has depth 1. */
using Axes = std::array<int64_t, 3>;

inline int64_t product(const Axes& axes) {
  return axes[0] * axes[1] * axes[2];
}

/** A volume in memory: channel c of voxel (n, z, y, x) is at(n, z, y, x)[c * channel]. */
template <class Number>
struct VolumeOf {
  Number* data = nullptr;  ///< the first voxel within the border
  int64_t samples = 0;
  Axes extent{};
  int64_t channels = 0;
  int64_t sample = 0, plane = 0, row = 0, voxel = 0, channel = 1;  ///< steps, in numbers

  Number* at(int64_t n, int64_t z, int64_t y, int64_t x) const {
    return data + n * sample + z * plane + y * row + x * voxel;
  }
  int64_t voxels() const { return product(extent); }
  operator VolumeOf<const Number>() const
    requires(!std::is_const_v<Number>)
  {
    return {data, samples, extent, channels, sample, plane, row, voxel, channel};
  }
};
using Volume = VolumeOf<float>;
using ConstVolume = VolumeOf<const float>;

enum class Layout {
  volume,  ///< (samples, z, y, x, channels) with a border of zeros, so that kernels never ask where the volume ends
  scores,  ///< (samples, channels, voxels): what losses and predictions read row by row
  table,   ///< (samples, channels): statistics
};

struct Shape {
  Layout layout = Layout::volume;
  int64_t samples = 1, channels = 1;
  Axes extent{1, 1, 1};
  Axes border{0, 0, 0};

  int64_t numbers() const {
    int64_t result = samples * channels;
    if (layout == Layout::table) return result;
    for (int axis = 0; axis < 3; ++axis) result *= extent[axis] + 2 * border[axis];
    return result;
  }
};

/** The channels [first, first + channels) of a volume of that shape whose memory begins at `memory`. */
inline Volume volumeIn(float* memory, const Shape& shape, int64_t first, int64_t channels) {
  Volume result;
  result.samples = shape.samples;
  result.extent = shape.extent;
  result.channels = channels;
  result.voxel = shape.channels;
  result.row = (shape.extent[2] + 2 * shape.border[2]) * result.voxel;
  result.plane = (shape.extent[1] + 2 * shape.border[1]) * result.row;
  result.sample = (shape.extent[0] + 2 * shape.border[0]) * result.plane;
  result.data =
      memory + shape.border[0] * result.plane + shape.border[1] * result.row + shape.border[2] * result.voxel + first;
  return result;
}

/** Scores as a volume: the channels are far apart, the voxels next to each other. */
inline Volume scoresIn(float* memory, const Shape& shape) {
  const Axes& extent = shape.extent;
  const int64_t voxels = product(extent);
  return {memory, shape.samples, extent, shape.channels, shape.channels * voxels, extent[1] * extent[2], extent[2],
          1,      voxels};
}

}  // namespace nnunet::network
