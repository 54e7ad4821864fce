#include "trainer/augment/morphology.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <numeric>

#include "voxels/simd.h"

namespace nnunet::augment {
namespace {

uint64_t lastWordMask(int64_t width) {
  return width % 64 == 0 ? ~uint64_t{0} : (uint64_t{1} << (width % 64)) - 1;
}

// Bit i of the result is bit i + distance of the row.
void shifted(const uint64_t* row, int64_t words, int64_t distance, uint64_t* result) {
  const int64_t whole = distance >= 0 ? distance / 64 : -((-distance + 63) / 64);
  const int64_t rest = distance - whole * 64;  // 0..63
  for (int64_t i = 0; i < words; ++i) {
    const int64_t from = i + whole;
    const uint64_t low = from >= 0 && from < words ? row[from] : 0;
    const uint64_t high = from + 1 >= 0 && from + 1 < words ? row[from + 1] : 0;
    result[i] = rest == 0 ? low : low >> rest | high << (64 - rest);
  }
}

// Bit i of the result is the OR of bits i + first … i + last of the row. `wide` has room for the row and its overhang.
void dilateRow(const uint64_t* row, int64_t words, int64_t first, int64_t last, uint64_t mask,
               std::vector<uint64_t>& wide, uint64_t* result) {
  // With the interval's start moved to 0, doubling gives OR over 1, 2, 4, … bits and one more step the rest.
  const int64_t margin = (std::max(std::abs(first), std::abs(last)) + 63) / 64, total = words + 2 * margin;
  wide.assign(3 * total, 0);
  uint64_t *current = wide.data(), *moved = current + total, *scratch = moved + total;
  std::copy_n(row, words, scratch + margin);
  shifted(scratch, total, first, current);
  const int64_t length = last - first + 1;
  for (int64_t have = 1; have < length;) {
    const int64_t step = std::min(have, length - have);
    shifted(current, total, step, moved);
    for (int64_t i = 0; i < total; ++i) current[i] |= moved[i];
    have += step;
  }
  std::copy_n(current + margin, words, result);
  result[words - 1] &= mask;
}

NNUNET_SIMD void orInto(const uint64_t* source, int64_t count, uint64_t* target) {
#pragma GCC ivdep
  for (int64_t i = 0; i < count; ++i) target[i] |= source[i];
}

void complement(BitVolume& volume) {
  const uint64_t mask = lastWordMask(volume.shape[2]);
  for (int64_t row = 0; row < volume.shape[0] * volume.shape[1]; ++row) {
    uint64_t* words = volume.bits.data() + row * volume.words;
    for (int64_t i = 0; i < volume.words; ++i) words[i] = ~words[i];
    words[volume.words - 1] &= mask;
  }
}

void dilate(const BitVolume& input, const StructuringElement& element, BitVolume& output) {
  output.resize(input.shape);
  std::fill(output.bits.begin(), output.bits.end(), 0);
  std::map<std::pair<int64_t, int64_t>, std::vector<std::pair<int64_t, int64_t>>> offsets;  // by interval along x
  for (const auto& run : element.runs) offsets[{run.first, run.last}].emplace_back(run.z, run.y);

  const auto [depth, height, width] = input.shape;
  const int64_t plane = height * input.words;
  BitVolume along;
  along.resize(input.shape);
  std::vector<uint64_t> wide;
  for (const auto& [interval, places] : offsets) {
    for (int64_t z = 0; z < depth; ++z)
      for (int64_t y = 0; y < height; ++y)
        dilateRow(input.row(z, y), input.words, interval.first, interval.second, lastWordMask(width), wide,
                  along.row(z, y));
    for (int64_t z = 0; z < depth; ++z)
      for (const auto& [dz, dy] : places) {
        if (z + dz < 0 || z + dz >= depth) continue;
        const int64_t first = std::max<int64_t>(0, -dy), last = std::min(height, height - dy);
        if (first >= last) continue;
        orInto(along.bits.data() + (z + dz) * plane + (first + dy) * input.words, (last - first) * input.words,
               output.bits.data() + z * plane + first * input.words);
      }
  }
}

void erode(const BitVolume& input, const StructuringElement& element, BitVolume& output, BitVolume& scratch) {
  scratch.resize(input.shape);
  std::copy(input.bits.begin(), input.bits.end(), scratch.bits.begin());
  complement(scratch);
  dilate(scratch, element, output);
  complement(output);
}

}  // namespace

void BitVolume::resize(const Shape& newShape) {
  shape = newShape;
  words = (shape[2] + 63) / 64;
  bits.resize(shape[0] * shape[1] * words);
}

StructuringElement roundElement(int dims, double radius) {
  // scikit-image: ball has floor(2r + 1) equally spaced points from -r to r, disk has -r, -r + 1, …
  std::vector<double> points;
  if (dims == 3) {
    const auto count = static_cast<int64_t>(2 * radius + 1);
    for (int64_t i = 0; i < count; ++i)
      points.push_back(count == 1 ? -radius
                                  : -radius + static_cast<double>(i) * (2 * radius / static_cast<double>(count - 1)));
  } else {
    const auto count = static_cast<int64_t>(std::ceil((radius + 1) - (-radius)));
    for (int64_t i = 0; i < count; ++i) points.push_back(-radius + static_cast<double>(i));
  }
  const auto count = static_cast<int64_t>(points.size());
  const int64_t before = (count - 1) / 2;
  StructuringElement element;
  for (int64_t z = 0; z < (dims == 3 ? count : 1); ++z)
    for (int64_t y = 0; y < count; ++y) {
      int64_t first = -1, last = -1;
      for (int64_t x = 0; x < count; ++x) {
        const double squared = (dims == 3 ? points[z] * points[z] : 0) + points[y] * points[y] + points[x] * points[x];
        if (squared > radius * radius) continue;
        if (first < 0) first = x;
        last = x;
      }
      if (first >= 0) element.runs.push_back({dims == 3 ? z - before : 0, y - before, first - before, last - before});
    }
  return element;
}

void applyMorphology(const BitVolume& input, MorphologyOperator op, const StructuringElement& element,
                     BitVolume& output, BitVolume& scratch) {
  switch (op) {
    case MorphologyOperator::Dilation:
      dilate(input, element, output);
      break;
    case MorphologyOperator::Erosion:
      erode(input, element, output, scratch);
      break;
    case MorphologyOperator::Closing: {
      BitVolume dilated;
      dilate(input, element, dilated);
      erode(dilated, element, output, scratch);
      break;
    }
    case MorphologyOperator::Opening: {
      BitVolume eroded;
      erode(input, element, eroded, scratch);
      dilate(eroded, element, output);
      break;
    }
  }
}

void toBits(const float* values, BitVolume& volume) {
  const auto [depth, height, width] = volume.shape;
  for (int64_t row = 0; row < depth * height; ++row)
    for (int64_t word = 0; word < volume.words; ++word) {
      uint64_t bits = 0;
      const int64_t start = word * 64, end = std::min(width, start + 64);
      for (int64_t x = start; x < end; ++x) bits |= static_cast<uint64_t>(values[row * width + x] != 0) << (x - start);
      volume.bits[row * volume.words + word] = bits;
    }
}

std::vector<Component> connectedComponents(const BitVolume& volume) {
  const auto [depth, height, width] = volume.shape;
  std::vector<StructuringElement::Run> runs;
  std::vector<int64_t> rowStart;  // first run of each row
  std::vector<int32_t> parent;
  for (int64_t z = 0; z < depth; ++z)
    for (int64_t y = 0; y < height; ++y) {
      rowStart.push_back(static_cast<int64_t>(runs.size()));
      const uint64_t* row = volume.row(z, y);
      int64_t open = -1;
      for (int64_t word = 0; word < volume.words; ++word) {
        if (open < 0 && row[word] == 0) continue;
        for (int64_t x = word * 64; x < std::min(width, word * 64 + 64); ++x) {
          const bool set = row[word] >> (x % 64) & 1;
          if (set && open < 0) open = x;
          if (!set && open >= 0) {
            runs.push_back({z, y, open, x - 1});
            open = -1;
          }
        }
      }
      if (open >= 0) runs.push_back({z, y, open, width - 1});
    }
  rowStart.push_back(static_cast<int64_t>(runs.size()));
  parent.resize(runs.size());
  std::iota(parent.begin(), parent.end(), 0);
  const auto root = [&](int32_t i) {
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
  };
  const auto joinRows = [&](int64_t row, int64_t other) {
    int64_t a = rowStart[row], b = rowStart[other];
    while (a < rowStart[row + 1] && b < rowStart[other + 1]) {
      if (runs[a].first <= runs[b].last + 1 && runs[b].first <= runs[a].last + 1) {
        const int32_t x = root(static_cast<int32_t>(a)), y = root(static_cast<int32_t>(b));
        parent[std::max(x, y)] = std::min(x, y);
      }
      (runs[a].last < runs[b].last ? a : b)++;
    }
  };
  for (int64_t z = 0; z < depth; ++z)
    for (int64_t y = 0; y < height; ++y) {
      const int64_t row = z * height + y;
      if (y > 0) joinRows(row, row - 1);
      if (z == 0) continue;
      for (int64_t other = std::max<int64_t>(0, y - 1); other <= std::min(height - 1, y + 1); ++other)
        joinRows(row, (z - 1) * height + other);
    }

  std::vector<Component> components;
  std::vector<int64_t> number(runs.size(), -1);
  for (size_t i = 0; i < runs.size(); ++i) {
    int64_t& known = number[root(static_cast<int32_t>(i))];
    if (known < 0) {
      known = static_cast<int64_t>(components.size());
      components.emplace_back();
    }
    components[known].voxels += runs[i].last - runs[i].first + 1;
    components[known].runs.runs.push_back(runs[i]);
  }
  return components;
}

}  // namespace nnunet::augment
