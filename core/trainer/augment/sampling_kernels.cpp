#include "trainer/augment/sampling_kernels.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "voxels/simd.h"

namespace nnunet::augment {
namespace {

// Two neighbouring labels in one load.
using LabelPair [[gnu::aligned(2), gnu::may_alias]] = uint32_t;

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

NNUNET_SIMD void findOutside(const float* position, int64_t length, float center, float limit, bool first,
                             int32_t* outside) {
  const int32_t keep = first ? 0 : -1;
#pragma GCC ivdep
  for (int64_t i = 0; i < length; ++i) {
    const float offset = position[i] - center;
    const int32_t beyond = (offset > limit ? -1 : 0) | (offset < -limit ? -1 : 0);
    outside[i] = (outside[i] & keep) | beyond;
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

// The label where all neighbours have it; `differing` is not 0 where they do not. Returns whether any differs.
NNUNET_SIMD int32_t equalLabels3(const PositionRow& row, const int16_t* source, int64_t width, int64_t plane,
                                 int16_t* target) {
  const int32_t *index = row.index, *outside = row.outside;
  int32_t* differing = row.differing;
  const int16_t *s00 = source, *s01 = source + width, *s10 = source + plane, *s11 = source + plane + width;
  int32_t any = 0;
#pragma GCC ivdep
  for (int64_t i = row.first; i < row.last; ++i) {
    const int32_t at = index[i];
    const uint32_t a = *reinterpret_cast<const LabelPair*>(s00 + at), b = *reinterpret_cast<const LabelPair*>(s01 + at);
    const uint32_t c = *reinterpret_cast<const LabelPair*>(s10 + at), d = *reinterpret_cast<const LabelPair*>(s11 + at);
    const uint32_t difference =
        ((a ^ b) | (a ^ c) | (a ^ d) | ((a ^ (a >> 16)) & 0xffff)) & ~static_cast<uint32_t>(outside[i]);
    differing[i] = static_cast<int32_t>(difference);
    any |= static_cast<int32_t>(difference);
    target[i] = static_cast<int16_t>(a | static_cast<uint32_t>(outside[i]));
  }
  return any;
}

NNUNET_SIMD int32_t equalLabels2(const PositionRow& row, const int16_t* source, int64_t width, int16_t* target) {
  const int32_t *index = row.index, *outside = row.outside;
  int32_t* differing = row.differing;
  const int16_t *s0 = source, *s1 = source + width;
  int32_t any = 0;
#pragma GCC ivdep
  for (int64_t i = row.first; i < row.last; ++i) {
    const int32_t at = index[i];
    const uint32_t a = *reinterpret_cast<const LabelPair*>(s0 + at), b = *reinterpret_cast<const LabelPair*>(s1 + at);
    const uint32_t difference = ((a ^ b) | ((a ^ (a >> 16)) & 0xffff)) & ~static_cast<uint32_t>(outside[i]);
    differing[i] = static_cast<int32_t>(difference);
    any |= static_cast<int32_t>(difference);
    target[i] = static_cast<int16_t>(a | static_cast<uint32_t>(outside[i]));
  }
  return any;
}

// The neighbours of a position: their weights, and where they lie; only those in the input.
struct Neighbours {
  int count = 0;
  float weight[8];
  int64_t offset[8];
};

void findNeighbours(const PositionRow& row, int64_t i, int dims, const Shape& input, Neighbours& found) {
  float fraction[3]{};
  int64_t lower[3]{};
  for (int axis = 3 - dims; axis < 3; ++axis) {
    const float position = row.position[axis][i];
    if (!(position > -1.0f && position < static_cast<float>(input[axis]))) return;
    const float whole = std::floor(position);
    lower[axis] = static_cast<int64_t>(whole);
    fraction[axis] = position - whole;
  }
  for (int corner = 0; corner < (dims == 3 ? 8 : 4); ++corner) {
    const int dz = corner >> 2, dy = (corner >> 1) & 1, dx = corner & 1;
    const int64_t z = lower[0] + dz, y = lower[1] + dy, x = lower[2] + dx;
    if ((dims == 3 && (z < 0 || z >= input[0])) || y < 0 || y >= input[1] || x < 0 || x >= input[2]) continue;
    float weight = (dx ? fraction[2] : 1 - fraction[2]) * (dy ? fraction[1] : 1 - fraction[1]);
    if (dims == 3) weight *= dz ? fraction[0] : 1 - fraction[0];
    found.weight[found.count] = weight;
    found.offset[found.count++] = ((dims == 3 ? z : 0) * input[1] + y) * input[2] + x;
  }
}

float sampleOne(const PositionRow& row, int64_t i, int dims, const float* source, const Shape& input) {
  Neighbours found;
  findNeighbours(row, i, dims, input, found);
  float sum = 0;
  for (int k = 0; k < found.count; ++k) sum += found.weight[k] * source[found.offset[k]];
  return sum;
}

// To float16's 11 significant bits, ties to even. Exact for float16's normal numbers; smaller ones never win a vote.
inline float roundToHalf(float value) {
  auto bits = std::bit_cast<uint32_t>(value);
  bits = (bits + 0xfff + ((bits >> 13) & 1)) & 0xffffe000;
  return std::bit_cast<float>(bits);
}

// The label with the largest sum of 1000 * weight.
int16_t vote(const float* weights, const int16_t* labels, int count) {
  // Nearly always there are two labels: no loop over those known, no branch.
  const int16_t one = labels[0];
  int16_t other = one;
  for (int k = 1; k < count; ++k) other = labels[k] == one ? other : labels[k];
  float sumOne = 0, sumOther = 0;
  bool more = false;
  for (int k = 0; k < count; ++k) {
    const float votes = 1000.0f * weights[k];
    sumOne += labels[k] == one ? votes : 0.0f;
    sumOther += labels[k] == other ? votes : 0.0f;
    more |= labels[k] != one && labels[k] != other;
  }
  if (!more) {
    const float a = roundToHalf(sumOne), b = roundToHalf(sumOther);
    return a == b ? std::min(one, other) : a > b ? one : other;
  }
  int16_t label[8]{};
  float sum[8];
  int distinct = 0;
  for (int k = 0; k < count; ++k) {
    int at = 0;
    while (at < distinct && label[at] != labels[k]) ++at;
    if (at == distinct) {
      label[distinct] = labels[k];
      sum[distinct++] = 0;
    }
    sum[at] += 1000.0f * weights[k];
  }
  int16_t best = label[0];
  float most = roundToHalf(sum[0]);
  for (int k = 1; k < distinct; ++k) {
    const float votes = roundToHalf(sum[k]);
    if (votes > most || (votes == most && label[k] < best)) {
      best = label[k];
      most = votes;
    }
  }
  return best;
}

int16_t voteInside3(const PositionRow& row, int64_t i, const int16_t* source, int64_t width, int64_t plane) {
  const float x = row.fraction[2][i], y = row.fraction[1][i], z = row.fraction[0][i];
  const float w00 = (1 - x) * (1 - y), w01 = x * (1 - y), w10 = (1 - x) * y, w11 = x * y;
  const float weights[8] = {w00 * (1 - z), w01 * (1 - z), w10 * (1 - z), w11 * (1 - z),
                            w00 * z,       w01 * z,       w10 * z,       w11 * z};
  const int16_t *p = source + row.index[i], *q = p + plane;
  const int16_t labels[8] = {p[0], p[1], p[width], p[width + 1], q[0], q[1], q[width], q[width + 1]};
  return vote(weights, labels, 8);
}

int16_t voteInside2(const PositionRow& row, int64_t i, const int16_t* source, int64_t width) {
  const float x = row.fraction[2][i], y = row.fraction[1][i];
  const float weights[4] = {(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y};
  const int16_t* p = source + row.index[i];
  const int16_t labels[4] = {p[0], p[1], p[width], p[width + 1]};
  return vote(weights, labels, 4);
}

int16_t voteOne(const PositionRow& row, int64_t i, int dims, const int16_t* source, const Shape& input) {
  if (row.outside[i]) return -1;
  Neighbours found;
  findNeighbours(row, i, dims, input, found);
  if (found.count == 0) return -1;
  int16_t labels[8]{};
  for (int k = 0; k < found.count; ++k) labels[k] = source[found.offset[k]];
  return vote(found.weight, labels, found.count);
}

}  // namespace

PositionRow::PositionRow(int64_t length, Workspace& workspace) : length(length) {
  const int64_t stride = (length + 15) / 16 * 16;
  workspace.lines.resize(6 * stride);
  workspace.indices.resize(3 * stride);
  for (int axis = 0; axis < 3; ++axis) {
    position[axis] = workspace.lines.data() + axis * stride;
    fraction[axis] = workspace.lines.data() + (3 + axis) * stride;
  }
  index = workspace.indices.data();
  outside = index + stride;
  differing = outside + stride;
}

NNUNET_SIMD void fillLine(float start, float step, int64_t length, float* line) {
  for (int32_t i = 0; i < static_cast<int32_t>(length); ++i) line[i] = start + step * static_cast<float>(i);
}

NNUNET_SIMD void addScaled(const float* values, float factor, int64_t length, float* line) {
#pragma GCC ivdep
  for (int64_t i = 0; i < length; ++i) line[i] += factor * values[i];
}

void locate(PositionRow& row, int dims, const Shape& input, const std::array<float, 3>& limits, bool deformed) {
  const int firstAxis = 3 - dims;
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
  if (deformed)
    for (int64_t i = row.first; i < row.last; ++i)
      if (!inside(i)) row.last = i;

  for (int axis = firstAxis; axis < 3; ++axis)
    findOutside(row.position[axis], row.length, static_cast<float>(input[axis] - 1) / 2, limits[axis],
                axis == firstAxis, row.outside);
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

void sampleLabels(const PositionRow& row, int dims, const int16_t* source, const Shape& input, int16_t* target) {
  const int64_t width = input[2], plane = input[1] * input[2];
  for (int64_t i = 0; i < row.first; ++i) target[i] = voteOne(row, i, dims, source, input);
  if (dims == 3 ? equalLabels3(row, source, width, plane, target) : equalLabels2(row, source, width, target)) {
    for (int64_t i = row.first; i < row.last; ++i)
      if (row.differing[i])
        target[i] = dims == 3 ? voteInside3(row, i, source, width, plane) : voteInside2(row, i, source, width);
  }
  for (int64_t i = row.last; i < row.length; ++i) target[i] = voteOne(row, i, dims, source, input);
}

}  // namespace nnunet::augment
