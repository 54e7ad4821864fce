// Random volumes for the tests; every one is made from a seed that a failing test prints.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "voxels/shape.h"

namespace nnunet::voxels::test {

inline std::vector<float> randomImage(int64_t count, uint32_t seed, float scale = 100.0f) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0f, scale);
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

/// Blocks of `block` voxels of labels low..high, so that there are borders and insides.
inline std::vector<int16_t> randomLabels(const Shape3& shape, int low, int high, int64_t block, uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> label(low, high);
  const Shape3 coarse{shape[0] / block + 1, shape[1] / block + 1, shape[2] / block + 1};
  std::vector<int> blocks(voxelCount(coarse));
  for (int& value : blocks) value = label(random);
  std::vector<int16_t> values;
  for (int64_t z = 0; z < shape[0]; ++z) {
    for (int64_t y = 0; y < shape[1]; ++y) {
      for (int64_t x = 0; x < shape[2]; ++x) {
        values.push_back(static_cast<int16_t>(blocks[(z / block * coarse[1] + y / block) * coarse[2] + x / block]));
      }
    }
  }
  return values;
}

inline std::vector<uint8_t> randomMask(int64_t count, double share, uint32_t seed) {
  std::mt19937 random(seed);
  std::bernoulli_distribution inside(share);
  std::vector<uint8_t> values(count);
  for (uint8_t& value : values) value = inside(random);
  return values;
}

inline int64_t indexOf(const Shape3& shape, int64_t z, int64_t y, int64_t x) {
  return (z * shape[1] + y) * shape[2] + x;
}

template <class Visit>
void forEachVoxel(const Shape3& shape, Visit&& visit) {
  for (int64_t z = 0; z < shape[0]; ++z) {
    for (int64_t y = 0; y < shape[1]; ++y) {
      for (int64_t x = 0; x < shape[2]; ++x) visit(z, y, x);
    }
  }
}

}  // namespace nnunet::voxels::test
