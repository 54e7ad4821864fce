#include "voxels/corners.h"

#include <algorithm>
#include <bit>
#include <type_traits>

#include "voxels/half.h"
#include "voxels/simd.h"

namespace nnunet::voxels {

namespace {

NNUNET_SIMD void weighRow(const float* row, double weightZ, double weightY, double* out, int64_t count) {
  for (int64_t i = 0; i < count; ++i) out[i] = static_cast<double>(row[i]) * weightZ * weightY;
}

template <int Rows>
NNUNET_INLINE void interpolate(const double* const* rows, const LinearAxis& axis, double* out) {
  const int32_t* low = axis.low.data();
  const int32_t* high = axis.high.data();
  const double* lowWeight = axis.lowWeight.data();
  const double* highWeight = axis.highWeight.data();
  const int64_t count = axis.outSize();
  for (int64_t i = 0; i < count; ++i) {
    double sum = 0.0;
    for (int r = 0; r < Rows; ++r) {
      sum += rows[r][low[i]] * lowWeight[i];
      sum += rows[r][high[i]] * highWeight[i];
    }
    out[i] = sum;
  }
}

NNUNET_SIMD void interpolate1(const double* const* rows, const LinearAxis& axis, double* out) {
  interpolate<1>(rows, axis, out);
}
NNUNET_SIMD void interpolate2(const double* const* rows, const LinearAxis& axis, double* out) {
  interpolate<2>(rows, axis, out);
}
NNUNET_SIMD void interpolate4(const double* const* rows, const LinearAxis& axis, double* out) {
  interpolate<4>(rows, axis, out);
}

void pick(const double* const* rows, int rowCount, const LinearAxis& axis, double* out) {
  for (int64_t i = 0; i < axis.outSize(); ++i) {
    double sum = 0.0;
    for (int r = 0; r < rowCount; ++r) sum += rows[r][axis.low[i]];
    out[i] = sum;
  }
}

NNUNET_SIMD void compareRows(const int16_t* a, const int16_t* b, uint8_t* same, int64_t count) {
  for (int64_t i = 0; i < count; ++i) same[i] &= a[i] == b[i];
}

struct WeighedLabel {
  int16_t label;
  double weight;
};

/// The label with the largest sum of weights. Equal sums: `nearest` if it is one of them, else the smallest label.
int16_t heaviestLabel(std::span<const WeighedLabel> corners, int16_t nearest) {
  int16_t heaviest = nearest;
  double most = -1.0;
  double ofNearest = -1.0;
  for (uint32_t left = (1u << corners.size()) - 1; left != 0;) {
    const int16_t label = corners[std::countr_zero(left)].label;
    double sum = 0.0;
    for (size_t k = std::countr_zero(left); k < corners.size(); ++k) {
      if (corners[k].label != label) continue;
      sum += corners[k].weight;
      left &= ~(1u << k);
    }
    if (sum > most || (sum == most && label < heaviest)) {
      most = sum;
      heaviest = label;
    }
    if (label == nearest) ofNearest = sum;
  }
  return ofNearest == most ? nearest : heaviest;
}

}  // namespace

int CornerSampler::cornerRows(int64_t z, int64_t y, std::array<CornerRow, 4>& rows) const {
  int count = 0;
  const auto& [axisZ, axisY, axisX] = axes_;
  for (const bool highZ : {false, true}) {
    const double weightZ = highZ ? axisZ.highWeight[z] : axisZ.lowWeight[z];
    if (weightZ == 0.0) continue;
    for (const bool highY : {false, true}) {
      const double weightY = highY ? axisY.highWeight[y] : axisY.lowWeight[y];
      if (weightY == 0.0) continue;
      const int64_t inZ = highZ ? axisZ.high[z] : axisZ.low[z];
      const int64_t inY = highY ? axisY.high[y] : axisY.low[y];
      rows[count++] = {(inZ * axisY.inSize + inY) * axisX.inSize, weightZ, weightY};
    }
  }
  return count;
}

int CornerSampler::inputRows(int64_t z, int64_t y, std::array<int64_t, 4>& rows) const {
  std::array<CornerRow, 4> corners;
  const int count = cornerRows(z, y, corners);
  for (int r = 0; r < count; ++r) rows[r] = corners[r].offset / axes_[2].inSize;
  return count;
}

template <class Element>
void CornerSampler::sampleRow(const Element* volume, int64_t z, int64_t y, double* out, Scratch& scratch) const {
  const LinearAxis& axis = axes_[2];
  std::array<CornerRow, 4> corners;
  const int count = cornerRows(z, y, corners);
  scratch.rows.resize(4 * axis.inSize);
  std::array<const double*, 4> rows{};
  for (int r = 0; r < count; ++r) {
    const float* values;
    if constexpr (std::is_same_v<Element, float>) {
      values = volume + corners[r].offset;
    } else {
      scratch.converted.resize(axis.inSize);
      halfToFloat(std::span<const uint16_t>(volume + corners[r].offset, axis.inSize), scratch.converted);
      values = scratch.converted.data();
    }
    double* weighed = scratch.rows.data() + r * axis.inSize;
    weighRow(values, corners[r].weightZ, corners[r].weightY, weighed, axis.inSize);
    rows[r] = weighed;
  }
  if (axis.nearest) return pick(rows.data(), count, axis, out);
  switch (count) {
    case 1:
      return interpolate1(rows.data(), axis, out);
    case 2:
      return interpolate2(rows.data(), axis, out);
    default:
      return interpolate4(rows.data(), axis, out);
  }
}

void CornerSampler::row(const float* volume, int64_t z, int64_t y, double* out, Scratch& scratch) const {
  sampleRow(volume, z, y, out, scratch);
}
void CornerSampler::row(const uint16_t* volume, int64_t z, int64_t y, double* out, Scratch& scratch) const {
  sampleRow(volume, z, y, out, scratch);
}

void CornerSampler::labelRow(const int16_t* volume, int64_t z, int64_t y, int16_t* out, Scratch& scratch) const {
  const LinearAxis& axis = axes_[2];
  std::array<CornerRow, 4> corners;
  const int count = cornerRows(z, y, corners);
  const int16_t* first = volume + corners[0].offset;
  const int16_t* nearest =
      volume + (axes_[0].nearestIndex[z] * axes_[1].inSize + axes_[1].nearestIndex[y]) * axis.inSize;
  scratch.same.assign(axis.inSize, 1);
  for (int r = 1; r < count; ++r) compareRows(first, volume + corners[r].offset, scratch.same.data(), axis.inSize);
  for (int64_t x = 0; x < axis.outSize(); ++x) {
    const int32_t low = axis.low[x];
    const int32_t high = axis.high[x];
    // Away from borders between labels all corners agree.
    if (scratch.same[low] & scratch.same[high] & (first[low] == first[high])) {
      out[x] = first[low];
      continue;
    }
    std::array<WeighedLabel, 8> cell;
    int used = 0;
    for (int r = 0; r < count; ++r) {
      const int16_t* row = volume + corners[r].offset;
      const double weight = corners[r].weightZ * corners[r].weightY;
      cell[used++] = {row[low], weight * axis.lowWeight[x]};
      cell[used++] = {row[high], weight * axis.highWeight[x]};
    }
    out[x] = heaviestLabel(std::span(cell.data(), used), nearest[axis.nearestIndex[x]]);
  }
}

}  // namespace nnunet::voxels
