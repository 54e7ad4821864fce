/** Small volumes for the tests, and files to put them in. */
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "trainer/augment/random.h"
#include "trainer/augment/sample.h"

namespace nnunet::test {

using augment::Grid;
using augment::Random;
using augment::Sample;
using augment::Shape;

/** A sample that owns its voxels; there is room for more image channels than it has. */
struct OwnedSample {
  OwnedSample(int dims, const Shape& shape, int64_t channels = 1, int64_t segmentationChannels = 1, int64_t room = 0)
      : image((channels + room) * augment::voxels(shape)), labels(segmentationChannels * augment::voxels(shape)) {
    view = {dims, {image.data(), channels, shape}, {labels.data(), segmentationChannels, shape}};
  }
  OwnedSample(const OwnedSample& other) : image(other.image), labels(other.labels), view(other.view) {
    view.image.data = image.data();
    view.segmentation.data = labels.data();
  }
  std::vector<float> image;
  std::vector<int16_t> labels;
  Sample view;
};

inline void fillRandomly(std::vector<float>& values, uint64_t seed) {
  Random random{seed};
  for (float& value : values) value = static_cast<float>(random.uniform({-2, 3}));
}

/** Labels -1 … 3 in blocks of a few voxels, so that borders between two and more labels are frequent. */
inline void fillWithBlocks(const Grid<int16_t>& labels, uint64_t seed, int block = 4) {
  const auto [depth, height, width] = labels.shape;
  for (int64_t c = 0; c < labels.channels; ++c)
    for (int64_t z = 0; z < depth; ++z)
      for (int64_t y = 0; y < height; ++y)
        for (int64_t x = 0; x < width; ++x) {
          Random random{seed, static_cast<uint64_t>(c), static_cast<uint64_t>(z / block),
                        static_cast<uint64_t>(y / block), static_cast<uint64_t>(x / block)};
          labels.channel(c)[(z * height + y) * width + x] = static_cast<int16_t>(random.below(5) - 1);
        }
}

/** A folder that goes away with the test. */
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "nnunet-data-test-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::string npyHeader(const std::string& descr, const std::vector<int64_t>& shape,
                             const std::string& order = "False") {
  std::string extents;
  for (const int64_t n : shape) extents += std::to_string(n) + (shape.size() == 1 ? "," : ", ");
  std::string header = "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': (" + extents + "), }";
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size() & 255) +
         static_cast<char>(header.size() >> 8) + header;
}

template <class T>
const char* npyDescr() {
  if constexpr (std::is_same_v<T, float>) return "<f4";
  if constexpr (std::is_same_v<T, int32_t>) return "<i4";
  if constexpr (std::is_same_v<T, int16_t>) return "<i2";
  if constexpr (std::is_same_v<T, int8_t>) return "|i1";
  if constexpr (std::is_same_v<T, uint8_t>) return "|u1";
}

template <class T>
void writeNpy(const std::string& path, const std::vector<int64_t>& shape, const std::vector<T>& values) {
  std::ofstream file(path, std::ios::binary);
  file << npyHeader(npyDescr<T>(), shape);
  file.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(T)));
}

}  // namespace nnunet::test
