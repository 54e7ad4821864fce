#include "trainer/augment/label_sampling.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "voxels/simd.h"

namespace nnunet::augment {
namespace {

constexpr int16_t around = -1;

// Two neighbouring labels in one load.
using LabelPair [[gnu::aligned(2), gnu::may_alias]] = uint32_t;

// The label where all neighbours have it; `differing` is not 0 where they do not. Returns whether any differs.
NNUNET_SIMD int32_t equalLabels3(const PositionRow& row, const int16_t* source, int64_t width, int64_t plane,
                                 int16_t* target) {
  const int32_t* index = row.index;
  int32_t* differing = row.differing;
  const int16_t *s00 = source, *s01 = source + width, *s10 = source + plane, *s11 = source + plane + width;
  int32_t any = 0;
#pragma GCC ivdep
  for (int64_t i = row.first; i < row.last; ++i) {
    const int32_t at = index[i];
    const uint32_t a = *reinterpret_cast<const LabelPair*>(s00 + at), b = *reinterpret_cast<const LabelPair*>(s01 + at);
    const uint32_t c = *reinterpret_cast<const LabelPair*>(s10 + at), d = *reinterpret_cast<const LabelPair*>(s11 + at);
    const auto difference = static_cast<int32_t>((a ^ b) | (a ^ c) | (a ^ d) | ((a ^ (a >> 16)) & 0xffff));
    differing[i] = difference;
    any |= difference;
    target[i] = static_cast<int16_t>(a);
  }
  return any;
}

NNUNET_SIMD int32_t equalLabels2(const PositionRow& row, const int16_t* source, int64_t width, int16_t* target) {
  const int32_t* index = row.index;
  int32_t* differing = row.differing;
  const int16_t *s0 = source, *s1 = source + width;
  int32_t any = 0;
#pragma GCC ivdep
  for (int64_t i = row.first; i < row.last; ++i) {
    const int32_t at = index[i];
    const uint32_t a = *reinterpret_cast<const LabelPair*>(s0 + at), b = *reinterpret_cast<const LabelPair*>(s1 + at);
    const auto difference = static_cast<int32_t>((a ^ b) | ((a ^ (a >> 16)) & 0xffff));
    differing[i] = difference;
    any |= difference;
    target[i] = static_cast<int16_t>(a);
  }
  return any;
}

NNUNET_SIMD bool holdsOthers(const int16_t* values, int64_t count, int16_t one, int16_t two) {
  int16_t any = 0;
  for (int64_t i = 0; i < count; ++i) any |= (values[i] != one) & (values[i] != two);
  return any != 0;
}

// Index of the first value that is neither `one` nor `two`, `count` if there is none.
int64_t findOther(const int16_t* values, int64_t begin, int64_t count, int16_t one, int16_t two) {
  constexpr int64_t block = 4096;
  while (begin < count && !holdsOthers(values + begin, std::min(block, count - begin), one, two)) begin += block;
  while (begin < count && (values[begin] == one || values[begin] == two)) ++begin;
  return std::min(begin, count);
}

// To float16's 11 significant bits, ties to even. Exact for float16's normal numbers; smaller ones never win a vote.
inline float roundToHalf(float value) {
  auto bits = std::bit_cast<uint32_t>(value);
  bits = (bits + 0xfff + ((bits >> 13) & 1)) & 0xffffe000;
  return std::bit_cast<float>(bits);
}

/** Where a voxel lies, and what its label is chosen from. */
struct Place {
  const PositionRow& row;
  int dims;
  const int16_t* source;
  const Shape& input;
  const LabelChoice& choice;

  int16_t nearestLabel(int64_t i) const {
    int64_t at[3]{};
    for (int axis = 3 - dims; axis < 3; ++axis) {
      const float nearest = std::nearbyint(row.position[axis][i]);  // half to even
      if (!(nearest >= 0 && nearest < static_cast<float>(input[axis]))) return around;
      at[axis] = static_cast<int64_t>(nearest);
    }
    return source[(at[0] * input[1] + at[1]) * input[2] + at[2]];
  }
};

inline float addVotes(int dims, float sum, float weight) {
  return dims == 3 ? sum + 1000.0f * weight : std::fma(1000.0f, weight, sum);
}

struct Candidate {
  int16_t label;
  float votes;
};

// Where there are no more than two labels, only the larger is interpolated.
int16_t ofTwo(int16_t smaller, int16_t larger, float votesOfLarger, const Place& place, int64_t i) {
  const float votes = roundToHalf(votesOfLarger);
  return votes == 500.0f ? place.nearestLabel(i) : votes > 500.0f ? larger : smaller;
}

// The winner by its candidates' votes, in any order.
int16_t winner(const Candidate* candidates, int count, const Place& place, int64_t i) {
  if (place.choice.labels == 2) {
    const auto [smaller, larger] = std::minmax_element(
        candidates, candidates + count, [](const Candidate& a, const Candidate& b) { return a.label < b.label; });
    return ofTwo(smaller->label, larger->label, larger->votes, place, i);
  }
  int16_t best = candidates[0].label;
  float most = roundToHalf(candidates[0].votes);
  bool tied = false;
  for (int k = 1; k < count; ++k) {
    const float votes = roundToHalf(candidates[k].votes);
    if (votes > most || (votes == most && candidates[k].label < best)) best = candidates[k].label;
    tied = votes == most || (tied && votes < most);
    most = std::max(most, votes);
  }
  if (!tied) return best;
  const int16_t nearest = place.nearestLabel(i);
  for (int k = 0; k < count; ++k)
    if (candidates[k].label == nearest && roundToHalf(candidates[k].votes) == most) return nearest;
  return best;
}

// Any number of labels, any number of neighbours.
int16_t voteAmong(const float* weights, const int16_t* labels, int count, const Place& place, int64_t i) {
  Candidate candidates[9];
  int distinct = 0;
  for (int k = 0; k < count; ++k) {
    int at = 0;
    while (at < distinct && candidates[at].label != labels[k]) ++at;
    if (at == distinct) candidates[distinct++] = {labels[k], 0.0f};
    candidates[at].votes = addVotes(place.dims, candidates[at].votes, weights[k]);
  }
  if (place.choice.continued) {
    // All that is not another label is -1.
    float others = 0;
    for (int k = 0; k < count; ++k)
      if (labels[k] != around) others = addVotes(place.dims, others, weights[k]);
    int at = 0;
    while (at < distinct && candidates[at].label != around) ++at;
    if (at == distinct) ++distinct;
    candidates[at] = {around, 1000.0f - others};
  }
  return winner(candidates, distinct, place, i);
}

// All neighbours lie in the input, and not all are equal.
template <int Count>
int16_t voteInside(const float* weights, const int16_t* labels, const Place& place, int64_t i) {
  // Nearly always there are two labels: no loop over those known, no branch.
  constexpr int dims = Count == 8 ? 3 : 2;
  const int16_t one = labels[0];
  int16_t other = one;
  for (int k = 1; k < Count; ++k) other = labels[k] == one ? other : labels[k];
  float sumOne = 0, sumOther = 0;
  bool more = false;
  for (int k = 0; k < Count; ++k) {
    sumOne = addVotes(dims, sumOne, labels[k] == one ? weights[k] : 0.0f);
    sumOther = addVotes(dims, sumOther, labels[k] == other ? weights[k] : 0.0f);
    more |= labels[k] != one && labels[k] != other;
  }
  if (more) return voteAmong(weights, labels, Count, place, i);
  if (place.choice.labels == 2)
    return ofTwo(std::min(one, other), std::max(one, other), one > other ? sumOne : sumOther, place, i);
  if (place.choice.continued) {
    if (one == around) sumOne = 1000.0f - sumOther;
    if (other == around) sumOther = 1000.0f - sumOne;
  }
  const float a = roundToHalf(sumOne), b = roundToHalf(sumOther);
  return a == b ? place.nearestLabel(i) : a > b ? one : other;
}

int16_t voteInside3(const Place& place, int64_t i) {
  const PositionRow& row = place.row;
  const int64_t width = place.input[2], plane = place.input[1] * width;
  const float x = row.fraction[2][i], y = row.fraction[1][i], z = row.fraction[0][i];
  const float w00 = (1 - x) * (1 - y), w01 = x * (1 - y), w10 = (1 - x) * y, w11 = x * y;
  const float weights[8] = {w00 * (1 - z), w01 * (1 - z), w10 * (1 - z), w11 * (1 - z),
                            w00 * z,       w01 * z,       w10 * z,       w11 * z};
  const int16_t *p = place.source + row.index[i], *q = p + plane;
  const int16_t labels[8] = {p[0], p[1], p[width], p[width + 1], q[0], q[1], q[width], q[width + 1]};
  return voteInside<8>(weights, labels, place, i);
}

int16_t voteInside2(const Place& place, int64_t i) {
  const PositionRow& row = place.row;
  const float x = row.fraction[2][i], y = row.fraction[1][i];
  const float weights[4] = {(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y};
  const int64_t width = place.input[2];
  const int16_t* p = place.source + row.index[i];
  const int16_t labels[4] = {p[0], p[1], p[width], p[width + 1]};
  return voteInside<4>(weights, labels, place, i);
}

int16_t voteAtBorder(const Place& place, int64_t i) {
  Neighbours found;
  findNeighbours(place.row, i, place.dims, place.input, found);
  if (found.count == 0) return around;
  int16_t labels[8]{};
  for (int k = 0; k < found.count; ++k) labels[k] = place.source[found.offset[k]];
  return voteAmong(found.weight, labels, found.count, place, i);
}

}  // namespace

LabelChoice labelChoice(const int16_t* source, int64_t count, bool continued) {
  LabelChoice choice;
  choice.continued = continued;
  choice.one = continued ? around : source[0];
  const int64_t second = findOther(source, 0, count, choice.one, choice.one);
  if (second == count) return choice;
  choice.labels = findOther(source, second, count, choice.one, source[second]) == count ? 2 : 3;
  return choice;
}

void sampleLabels(PositionRow& row, int dims, const int16_t* source, const Shape& input, const LabelChoice& choice,
                  int16_t* target) {
  if (choice.labels == 1 && !choice.nearest) {
    std::fill_n(target, row.length, choice.one);
    return;
  }
  const Place place{row, dims, source, input, choice};
  if (choice.nearest) {
    for (int64_t i = 0; i < row.length; ++i) target[i] = place.nearestLabel(i);
    return;
  }
  const int64_t width = input[2], plane = input[1] * input[2];
  for (int64_t i = 0; i < row.first; ++i) target[i] = voteAtBorder(place, i);
  if (dims == 3 ? equalLabels3(row, source, width, plane, target) : equalLabels2(row, source, width, target)) {
    for (int64_t i = row.first; i < row.last; ++i)
      if (row.differing[i]) target[i] = dims == 3 ? voteInside3(place, i) : voteInside2(place, i);
  }
  for (int64_t i = row.last; i < row.length; ++i) target[i] = voteAtBorder(place, i);
}

}  // namespace nnunet::augment
