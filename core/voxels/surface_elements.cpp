#include "voxels/surface_elements.h"

#include <algorithm>
#include <cstring>

namespace nnunet::voxels {

namespace {

/// The four voxels around every corner, within one slice of voxels: bit y * 2 + x.
void cornerCodes(const uint8_t* mask, int64_t height, int64_t width, uint8_t* codes) {
  const int64_t pitch = width + 1;
  std::fill_n(codes, (height + 1) * pitch, uint8_t{0});
  for (int64_t y = 0; y < height; ++y) {
    const uint8_t* row = mask + y * width;
    uint8_t* above = codes + y * pitch;
    uint8_t* below = above + pitch;
    for (int64_t x = 0; x < width; ++x) above[x] |= row[x] << 3;
    for (int64_t x = 0; x < width; ++x) above[x + 1] |= row[x] << 2;
    for (int64_t x = 0; x < width; ++x) below[x] |= row[x] << 1;
    for (int64_t x = 0; x < width; ++x) below[x + 1] |= row[x];
  }
}

/// Eight corners at a time: nothing of the mask around them, or nothing else.
bool areAllAlike(const uint8_t* before, const uint8_t* after) {
  uint64_t a;
  uint64_t b;
  std::memcpy(&a, before, 8);
  std::memcpy(&b, after, 8);
  return (a | b) == 0 || (a & b) == 0x0f0f0f0f0f0f0f0fULL;
}

std::vector<SurfaceElement> elementsBetween(const std::vector<uint8_t>& before, const std::vector<uint8_t>& after) {
  std::vector<SurfaceElement> elements;
  const auto count = static_cast<int64_t>(before.size());
  for (int64_t i = 0; i < count;) {
    if (i + 8 <= count && areAllAlike(before.data() + i, after.data() + i)) {
      i += 8;
      continue;
    }
    const int64_t end = std::min(count, i + 8);
    for (; i < end; ++i) {
      const int code = before[i] | after[i] << 4;
      if (code != 0 && code != 255) {
        elements.push_back({static_cast<uint32_t>(i), static_cast<NeighbourhoodCode>(code)});
      }
    }
  }
  return elements;
}

}  // namespace

bool Surface::isEmpty() const {
  return std::all_of(slices.begin(), slices.end(), [](const auto& elements) { return elements.empty(); });
}

Surface surfaceOf(const MaskSlice& mask, const Shape3& shape, const RunOptions& run) {
  const auto [depth, height, width] = shape;
  const bool isPicture = depth == 1;
  Surface surface;
  surface.corners = {isPicture ? 1 : depth + 1, height + 1, width + 1};
  surface.slices.resize(surface.corners[0]);
  const int64_t cornersOfSlice = (height + 1) * (width + 1);
  // Every slab reads one slice more than it has, so slabs are not too small.
  parallelFor(surface.corners[0], 8, run, [&](int64_t begin, int64_t end) {
    std::vector<uint8_t> voxels(height * width);
    std::vector<uint8_t> before(cornersOfSlice);
    std::vector<uint8_t> after(cornersOfSlice);
    const auto read = [&](int64_t z, std::vector<uint8_t>& codes) {
      if (z < 0 || z >= depth) {
        std::fill(codes.begin(), codes.end(), uint8_t{0});
      } else {
        mask(z, voxels.data());
        cornerCodes(voxels.data(), height, width, codes.data());
      }
    };
    read(isPicture ? 0 : begin - 1, before);
    for (int64_t z = begin; z < end; ++z) {
      read(z, after);
      surface.slices[z] = elementsBetween(before, after);
      std::swap(before, after);
    }
  });
  return surface;
}

}  // namespace nnunet::voxels
