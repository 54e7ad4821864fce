/** The voxels that augmentation works on. */
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "trainer/augment/buffer.h"

namespace nnunet::augment {

/** Voxels per axis (z, y, x). 2D patches have z = 1. */
using Shape = std::array<int64_t, 3>;

inline int64_t voxels(const Shape& shape) {
  return shape[0] * shape[1] * shape[2];
}

/** A view of (channels, z, y, x) voxels in C order. */
template <class T>
struct Grid {
  T* data = nullptr;
  int64_t channels = 0;
  Shape shape{};

  int64_t voxels() const { return augment::voxels(shape); }
  int64_t size() const { return channels * voxels(); }
  T* channel(int64_t c) const { return data + c * voxels(); }
  operator Grid<const T>() const { return {data, channels, shape}; }
};

struct Sample {
  int dims = 3;
  Grid<float> image;
  Grid<int16_t> segmentation;  ///< labels, -1 outside the nonzero mask; cascade: channel 1 is the previous stage's
};

/** Memory that a thread keeps from sample to sample. */
struct Workspace {
  FloatBuffer image, lines, planes, displacement;
  Int16Buffer segmentation, loaded, targets;
  Buffer<int32_t> indices;
};

}  // namespace nnunet::augment
