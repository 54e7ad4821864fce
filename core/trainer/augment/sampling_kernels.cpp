#include "trainer/augment/sampling_kernels.h"

#include <algorithm>
#include <cmath>

#include "voxels/simd.h"

namespace nnunet::augment {
namespace {

NNUNET_SIMD void locateInner3(PositionRow& row, int32_t height, int32_t width) {
  const float *pz = row.position[0], *py = row.position[1], *px = row.position[2];
  float *fz = row.fraction[0], *fy = row.fraction[1], *fx = row.fraction[2];
  int32_t* index = row.index;
#pragma GCC ivdep
  for (int64_t i = row.first; i < row.last; ++i) {
    const auto z = static_cast<int32_t>(pz[i]), y = static_cast<int32_t>(py[i]), x = static_cast<int32_t>(px[i]);
    fz[i] = pz[i] - static_cast<float>(z);
    fy[i] = py[i] - static_cast<float>(y);
    fx[i] = px[i] - static_cast<float>(x);
    index[i] = (z * height + y) * width + x;
  }
}

NNUNET_SIMD void locateInner2(PositionRow& row, int32_t width) {
  const float *py = row.position[1], *px = row.position[2];
  float *fy = row.fraction[1], *fx = row.fraction[2];
  int32_t* index = row.index;
#pragma GCC ivdep
  for (int64_t i = row.first; i < row.last; ++i) {
    const auto y = static_cast<int32_t>(py[i]), x = static_cast<int32_t>(px[i]);
    fy[i] = py[i] - static_cast<float>(y);
    fx[i] = px[i] - static_cast<float>(x);
    index[i] = y * width + x;
  }
}

NNUNET_SIMD void interpolate3(const PositionRow& row, const float* source, int64_t width, int64_t plane,
                              float* target) {
  const float *fz = row.fraction[0], *fy = row.fraction[1], *fx = row.fraction[2];
  const int32_t* index = row.index;
  const float *s00 = source, *s01 = source + width, *s10 = source + plane, *s11 = source + plane + width;
#pragma GCC ivdep
  for (int64_t i = row.first; i < row.last; ++i) {
    const int32_t at = index[i];
    const float x = fx[i], y = fy[i], z = fz[i];
    const float a = s00[at] + x * (s00[at + 1] - s00[at]);
    const float b = s01[at] + x * (s01[at + 1] - s01[at]);
    const float c = s10[at] + x * (s10[at + 1] - s10[at]);
    const float d = s11[at] + x * (s11[at + 1] - s11[at]);
    const float ab = a + y * (b - a), cd = c + y * (d - c);
    target[i] = ab + z * (cd - ab);
  }
}

NNUNET_SIMD void interpolate2(const PositionRow& row, const float* source, int64_t width, float* target) {
  const float *fy = row.fraction[1], *fx = row.fraction[2];
  const int32_t* index = row.index;
  const float *s0 = source, *s1 = source + width;
#pragma GCC ivdep
  for (int64_t i = row.first; i < row.last; ++i) {
    const int32_t at = index[i];
    const float a = s0[at] + fx[i] * (s0[at + 1] - s0[at]);
    const float b = s1[at] + fx[i] * (s1[at + 1] - s1[at]);
    target[i] = a + fy[i] * (b - a);
  }
}

NNUNET_SIMD void toPositions3(float* line, float size, int64_t length) {
  for (int64_t i = 0; i < length; ++i) line[i] = ((line[i] + 1) * size - 1) / 2;
}

NNUNET_SIMD void toPositions2(float* line, float size, int64_t length) {
  for (int64_t i = 0; i < length; ++i) line[i] = std::fma(line[i] + 1, size / 2, -0.5f);
}

float sampleOne(const PositionRow& row, int64_t i, int dims, const float* source, const Shape& input) {
  Neighbours found;
  findNeighbours(row, i, dims, input, found);
  float sum = 0;
  for (int k = 0; k < found.count; ++k) sum += found.weight[k] * source[found.offset[k]];
  return sum;
}

}  // namespace

void findNeighbours(const PositionRow& row, int64_t i, int dims, const Shape& input, Neighbours& found) {
  float lowerWeight[3]{}, upperWeight[3]{};
  int64_t lower[3]{};
  for (int axis = 3 - dims; axis < 3; ++axis) {
    const float position = row.position[axis][i];
    if (!(position > -1.0f && position < static_cast<float>(input[axis]))) return;
    const float whole = std::floor(position);
    lower[axis] = static_cast<int64_t>(whole);
    upperWeight[axis] = position - whole;
    lowerWeight[axis] = dims == 3 ? (whole + 1) - position : 1 - upperWeight[axis];
  }
  for (int corner = 0; corner < (dims == 3 ? 8 : 4); ++corner) {
    const int dz = corner >> 2, dy = (corner >> 1) & 1, dx = corner & 1;
    const int64_t z = lower[0] + dz, y = lower[1] + dy, x = lower[2] + dx;
    if ((dims == 3 && (z < 0 || z >= input[0])) || y < 0 || y >= input[1] || x < 0 || x >= input[2]) continue;
    float weight = (dx ? upperWeight[2] : lowerWeight[2]) * (dy ? upperWeight[1] : lowerWeight[1]);
    if (dims == 3) weight *= dz ? upperWeight[0] : lowerWeight[0];
    found.weight[found.count] = weight;
    found.offset[found.count++] = ((dims == 3 ? z : 0) * input[1] + y) * input[2] + x;
  }
}

PositionRow::PositionRow(int64_t length, Workspace& workspace) : length(length) {
  const int64_t stride = (length + 15) / 16 * 16;
  workspace.lines.resize(6 * stride);
  workspace.indices.resize(2 * stride);
  for (int axis = 0; axis < 3; ++axis) {
    position[axis] = workspace.lines.data() + axis * stride;
    fraction[axis] = workspace.lines.data() + (3 + axis) * stride;
  }
  index = workspace.indices.data();
  differing = index + stride;
}

NNUNET_SIMD void fillLine(float start, float step, float first, int64_t length, float* line) {
  for (int32_t i = 0; i < static_cast<int32_t>(length); ++i)
    line[i] = std::fma(first + static_cast<float>(i), step, start);
}

NNUNET_SIMD void addScaled(const float* values, float factor, int64_t length, float* line) {
#pragma GCC ivdep
  for (int64_t i = 0; i < length; ++i) line[i] += factor * values[i];
}

NNUNET_SIMD void divideLine(float divisor, int64_t length, float* line) {
  for (int64_t i = 0; i < length; ++i) line[i] /= divisor;
}

void locate(PositionRow& row, int dims, const Shape& input, bool straight) {
  const int firstAxis = 3 - dims;
  for (int axis = firstAxis; axis < 3; ++axis)
    (dims == 3 ? toPositions3 : toPositions2)(row.position[axis], static_cast<float>(input[axis]), row.length);
  const auto inside = [&](int64_t i) {
    for (int axis = firstAxis; axis < 3; ++axis)
      if (!(row.position[axis][i] >= 0 && row.position[axis][i] < static_cast<float>(input[axis] - 1))) return false;
    return true;
  };
  // Positions on a straight line enter the input once and leave it once.
  row.first = 0;
  row.last = row.length;
  while (row.first < row.last && !inside(row.first)) ++row.first;
  while (row.last > row.first && !inside(row.last - 1)) --row.last;
  if (!straight)
    for (int64_t i = row.first; i < row.last; ++i)
      if (!inside(i)) row.last = i;

  if (dims == 3)
    locateInner3(row, static_cast<int32_t>(input[1]), static_cast<int32_t>(input[2]));
  else
    locateInner2(row, static_cast<int32_t>(input[2]));
}

void sampleImage(const PositionRow& row, int dims, const float* source, const Shape& input, float* target) {
  for (int64_t i = 0; i < row.first; ++i) target[i] = sampleOne(row, i, dims, source, input);
  if (dims == 3)
    interpolate3(row, source, input[2], input[1] * input[2], target);
  else
    interpolate2(row, source, input[2], target);
  for (int64_t i = row.last; i < row.length; ++i) target[i] = sampleOne(row, i, dims, source, input);
}

}  // namespace nnunet::augment
