// Linear and nearest resampling, one output row at a time, as the sum over the corners of the cell around a sample:
// value * weight z * weight y * weight x in float64, added with the last axis fastest. That is scipy's order; going
// axis by axis would change the last bit, and with it labels wherever two weigh the same.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "voxels/axis.h"
#include "voxels/shape.h"

namespace nnunet::voxels {

/// Samples rows of volumes of one geometry. Rows are independent; every thread needs its own Scratch.
class CornerSampler {
 public:
  CornerSampler(LinearAxis z, LinearAxis y, LinearAxis x) : axes_{std::move(z), std::move(y), std::move(x)} {}

  struct Scratch {
    std::vector<double> rows;
    std::vector<float> converted;
    std::vector<uint8_t> same;
  };

  Shape3 inShape() const { return {axes_[0].inSize, axes_[1].inSize, axes_[2].inSize}; }
  Shape3 outShape() const { return {axes_[0].outSize(), axes_[1].outSize(), axes_[2].outSize()}; }

  /// Row (z, y) of the result. @param volume inShape(), float32 or float16 bits @param out outShape()[2] values
  /// O(input row + output row), at most four input rows.
  void row(const float* volume, int64_t z, int64_t y, double* out, Scratch& scratch) const;
  void row(const uint16_t* volume, int64_t z, int64_t y, double* out, Scratch& scratch) const;

  /// The input rows (index z * rows + y) that row (z, y) is made of. @returns how many: 1, 2 or 4
  int inputRows(int64_t z, int64_t y, std::array<int64_t, 4>& rows) const;

  /// Row (z, y) of a label map: the label whose corners weigh most together; ties go to the nearest corner's label if
  /// it is one of those tied, else to the smallest of them.
  void labelRow(const int16_t* volume, int64_t z, int64_t y, int16_t* out, Scratch& scratch) const;

 private:
  struct CornerRow {
    int64_t offset;
    double weightZ;
    double weightY;
  };
  /// The one, two or four input rows with a weight, in C order.
  int cornerRows(int64_t z, int64_t y, std::array<CornerRow, 4>& rows) const;
  template <class Element>
  void sampleRow(const Element* volume, int64_t z, int64_t y, double* out, Scratch& scratch) const;

  std::array<LinearAxis, 3> axes_;
};

}  // namespace nnunet::voxels
