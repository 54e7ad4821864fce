#include <gtest/gtest.h>

#include "trainer/augment/spatial.h"
#include "volumes.h"

namespace nnunet::augment {
namespace {

/** A volume of labels, turned or enlarged with and without a vote of the neighbours. */
std::vector<int16_t> sampled(const std::vector<int16_t>& labels, const Shape& in, const Shape& out, bool nearest) {
  auto parameters = spatialParameters(3, {0, 0, 0.4}, 0.93);
  parameters.nearestLabels = nearest;
  std::vector<float> image(voxels(in)), target(voxels(out));
  std::vector<int16_t> loaded = labels, result(voxels(out));
  Sample input, output;
  input.dims = output.dims = 3;
  input.image = {image.data(), 1, in};
  input.segmentation = {loaded.data(), 1, in};
  output.image = {target.data(), 1, out};
  output.segmentation = {result.data(), 1, out};
  Workspace workspace;
  applySpatial(input, parameters, output, workspace);
  return result;
}

/** Position of an output voxel in the input, in float64: none of those here lies half-way between two voxels. */
int16_t naive(const std::vector<int16_t>& labels, const Shape& in, const Shape& out, int64_t z, int64_t y, int64_t x) {
  const auto matrix = spatialParameters(3, {0, 0, 0.4}, 0.93).matrix;
  const int64_t at[3] = {z, y, x};
  int64_t index[3];
  for (int axis = 0; axis < 3; ++axis) {
    double position = static_cast<double>(in[axis] - 1) / 2;
    for (int from = 0; from < 3; ++from)
      position += matrix[axis][from] * (static_cast<double>(at[from]) - static_cast<double>(out[from] - 1) / 2);
    index[axis] = std::lround(position);
    if (index[axis] < 0 || index[axis] >= in[axis]) return -1;
  }
  return labels[(index[0] * in[1] + index[1]) * in[2] + index[2]];
}

TEST(NearestLabels, AreThoseOfTheNearestVoxelAndNoneOutside) {
  const Shape in{7, 9, 11}, out{6, 12, 13};
  std::vector<int16_t> labels(voxels(in));
  for (size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<int16_t>(i * 7 % 4);
  const auto nearest = sampled(labels, in, out, true);
  bool hasOutside = false;
  for (int64_t z = 0; z < out[0]; ++z)
    for (int64_t y = 0; y < out[1]; ++y)
      for (int64_t x = 0; x < out[2]; ++x) {
        const int16_t expected = naive(labels, in, out, z, y, x);
        hasOutside |= expected == -1;
        EXPECT_EQ(nearest[static_cast<size_t>((z * out[1] + y) * out[2] + x)], expected) << z << ' ' << y << ' ' << x;
      }
  EXPECT_TRUE(hasOutside);
  EXPECT_NE(nearest, sampled(labels, in, out, false));
}

TEST(NearestLabels, LeaveAnImageOfOneLabelOutsideOfTheInput) {
  const Shape in{5, 5, 5}, out{5, 9, 9};
  const auto nearest = sampled(std::vector<int16_t>(voxels(in), 2), in, out, true);
  EXPECT_EQ(nearest.front(), -1);
  EXPECT_EQ(nearest[nearest.size() / 2], 2);
}

}  // namespace
}  // namespace nnunet::augment
