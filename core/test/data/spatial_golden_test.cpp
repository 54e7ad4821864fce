/**
 * The spatial transform beside what nnU-Net's libraries gave: for test/golden/labelAugmentation.test.ts, which puts the
 * arrays of one case into the folder NNUNET_SPATIAL_GOLDEN as .npy files.
 */
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "trainer/augment/spatial.h"
#include "trainer/data/npy.h"
#include "volumes.h"

namespace nnunet::augment {
namespace {

using data::NpyFile;

/** (channels, …) of 2D or 3D, as (channels, z, y, x). */
Shape shapeOf(const NpyFile& array) {
  const auto& sizes = array.shape();
  return sizes.size() == 4 ? Shape{sizes[1], sizes[2], sizes[3]} : Shape{1, sizes[1], sizes[2]};
}

TEST(SpatialGolden, Case) {
  const char* variable = std::getenv("NNUNET_SPATIAL_GOLDEN");
  if (!variable) GTEST_SKIP() << "run by test/golden/labelAugmentation.test.ts";
  const std::filesystem::path folder = variable;
  const auto has = [&](const char* name) { return std::filesystem::exists(folder / (std::string(name) + ".npy")); };
  const auto read = [&](const char* name) { return NpyFile::open((folder / (std::string(name) + ".npy")).string()); };

  const NpyFile labels = read("seg"), expected = read("out");
  const int dims = static_cast<int>(labels.shape().size()) - 1;
  // The channels of a 2D case are planes, as those of a patch that is augmented slice by slice.
  Shape in = shapeOf(labels), out = shapeOf(expected);
  int64_t channels = labels.shape()[0];
  if (dims == 2) {
    in[0] = out[0] = channels;
    channels = 1;
  }
  test::OwnedSample input(dims, in, 1, channels), output(dims, out, 1, channels);
  std::ranges::copy(labels.values<int8_t>(), input.labels.begin());
  if (has("image")) std::ranges::copy(read("image").values<float>(), input.image.begin());
  const auto expectLabels = [&] {
    int64_t different = 0;
    for (size_t i = 0; i < output.labels.size(); ++i) different += output.labels[i] != expected.values<int8_t>()[i];
    EXPECT_EQ(different, 0);
  };
  Workspace workspace;
  if (!has("grid")) {
    applySpatial(input.view, SpatialParameters{}, output.view, workspace);
    return expectLabels();
  }

  const NpyFile gridFile = read("grid");
  const auto grid = gridFile.values<float>();
  const GridRows given = [&](int64_t z, int64_t y, PositionRow& row) {
    const int64_t start = ((dims == 3 ? z * out[1] : 0) + y) * out[2];
    for (int axis = 3 - dims; axis < 3; ++axis)
      for (int64_t x = 0; x < out[2]; ++x) row.position[axis][x] = grid[(start + x) * dims + 2 - axis];
  };
  sampleGrid(input.view, dims, given, false, output.view, workspace);
  expectLabels();
  if (has("image_out")) {
    const NpyFile image = read("image_out");
    float largest = 0;
    for (size_t i = 0; i < output.image.size(); ++i)
      largest = std::max(largest, std::abs(output.image[i] - image.values<float>()[i]));
    EXPECT_LT(largest, 5e-5f) << "of intensities up to 100";
  }

  if (!has("matrix")) return;
  SpatialParameters parameters;
  parameters.dims = dims;
  const NpyFile matrix = read("matrix");  // float32: what the positions are computed with
  for (int row = 0; row < dims; ++row)
    for (int column = 0; column < dims; ++column)
      parameters.matrix[3 - dims + row][3 - dims + column] = matrix.values<float>()[row * dims + column];
  const GridRows computed = gridRows(parameters, in, out, workspace);
  PositionRow row(out[2], workspace);
  float largest = 0;
  for (int64_t z = 0; z < (dims == 3 ? out[0] : 1); ++z)
    for (int64_t y = 0; y < out[1]; ++y) {
      computed(z, y, row);
      const int64_t start = ((dims == 3 ? z * out[1] : 0) + y) * out[2];
      for (int axis = 3 - dims; axis < 3; ++axis)
        for (int64_t x = 0; x < out[2]; ++x)
          largest = std::max(largest, std::abs(row.position[axis][x] - grid[(start + x) * dims + 2 - axis]));
    }
  EXPECT_EQ(largest, 0.0f) << "of the positions";
}

}  // namespace
}  // namespace nnunet::augment
