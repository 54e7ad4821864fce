/**
 * Binary morphology on volumes of bits, one row of 64-bit words per (z, y).
 * A dilation costs (structuring element's rows in z and y) * (words of the volume); the extent along x is free.
 */
#pragma once

#include "trainer/augment/sample.h"

namespace nnunet::augment {

/** A binary volume; bit i of a row is voxel x = i. Bits beyond the row's end are 0. */
struct BitVolume {
  Shape shape{};
  int64_t words = 0;  ///< per row
  Buffer<uint64_t> bits;

  void resize(const Shape& newShape);
  uint64_t* row(int64_t z, int64_t y) { return bits.data() + (z * shape[1] + y) * words; }
  const uint64_t* row(int64_t z, int64_t y) const { return bits.data() + (z * shape[1] + y) * words; }
  bool at(int64_t z, int64_t y, int64_t x) const { return row(z, y)[x / 64] >> (x % 64) & 1; }
};

/** A convex structuring element: per (z, y) the interval of x that belongs to it, relative to the centre. */
struct StructuringElement {
  struct Run {
    int64_t z, y, first, last;
  };
  std::vector<Run> runs;
};

/** scikit-image's ball (dims 3) or disk (dims 2) for a real radius, placed as nnU-Net's "same" convolution does. */
StructuringElement roundElement(int dims, double radius);

enum class MorphologyOperator { Dilation, Erosion, Closing, Opening };

/** Outside the volume is background for dilation; erosion is the dilation of the complement, so foreground there. */
void applyMorphology(const BitVolume& input, MorphologyOperator op, const StructuringElement& element,
                     BitVolume& output, BitVolume& scratch);

/** Voxels not 0 become bits. */
void toBits(const float* values, BitVolume& volume);

/** A connected component (neighbours share a face, edge or corner): its voxels as runs along x. */
struct Component {
  int64_t voxels = 0;
  StructuringElement runs;  ///< absolute z, y and first..last x
};
std::vector<Component> connectedComponents(const BitVolume& volume);

}  // namespace nnunet::augment
