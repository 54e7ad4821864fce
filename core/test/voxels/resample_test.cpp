#include "voxels/resample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "volumes.h"
#include "voxels/error.h"
#include "voxels/half.h"
#include "voxels/spline.h"

namespace nnunet::voxels {
namespace {

using test::forEachVoxel;
using test::indexOf;

/// A volume in float64, for the oracle.
struct Volume {
  Shape3 shape;
  std::vector<double> values;
  double& at(int64_t z, int64_t y, int64_t x) { return values[indexOf(shape, z, y, x)]; }
  double at(int64_t z, int64_t y, int64_t x) const { return values[indexOf(shape, z, y, x)]; }
};

double coordinate(int64_t o, int64_t in, int64_t out) {
  return (static_cast<double>(o) + 0.5) * (static_cast<double>(in) / static_cast<double>(out)) - 0.5;
}

int64_t clampIndex(int64_t i, int64_t size) {
  return std::clamp<int64_t>(i, 0, size - 1);
}

Volume nearest(const Volume& in, const Shape3& shape) {
  Volume out{shape, std::vector<double>(voxelCount(shape))};
  const auto pick = [&](int64_t o, int axis) {
    const double last = static_cast<double>(in.shape[axis] - 1);
    const double c = std::clamp(coordinate(o, in.shape[axis], shape[axis]), 0.0, last);
    return static_cast<int64_t>(std::floor(c + 0.5));
  };
  forEachVoxel(shape,
               [&](int64_t z, int64_t y, int64_t x) { out.at(z, y, x) = in.at(pick(z, 0), pick(y, 1), pick(x, 2)); });
  return out;
}

/// Sum over the eight corners, last axis fastest.
Volume linear(const Volume& in, const Shape3& shape) {
  Volume out{shape, std::vector<double>(voxelCount(shape))};
  forEachVoxel(shape, [&](int64_t z, int64_t y, int64_t x) {
    const Shape3 at{z, y, x};
    int64_t floors[3];
    double weights[3][2];
    for (int i = 0; i < 3; ++i) {
      const double c = coordinate(at[i], in.shape[i], shape[i]);
      floors[i] = static_cast<int64_t>(std::floor(c));
      weights[i][0] = 1.0 - (c - std::floor(c));
      weights[i][1] = 1.0 - weights[i][0];
    }
    double sum = 0;
    for (int a = 0; a < 2; ++a) {
      for (int b = 0; b < 2; ++b) {
        for (int c = 0; c < 2; ++c) {
          const double value = in.at(clampIndex(floors[0] + a, in.shape[0]), clampIndex(floors[1] + b, in.shape[1]),
                                     clampIndex(floors[2] + c, in.shape[2]));
          sum += value * weights[0][a] * weights[1][b] * weights[2][c];
        }
      }
    }
    out.at(z, y, x) = sum;
  });
  return out;
}

/// Pads by 12, filters along all axes, then takes the sum over all 64 taps.
Volume cubic(const Volume& in, const Shape3& shape) {
  constexpr int64_t kPad = 12;
  const double pole = std::sqrt(3.0) - 2.0;
  Volume padded{{in.shape[0] + 24, in.shape[1] + 24, in.shape[2] + 24}, {}};
  padded.values.resize(voxelCount(padded.shape));
  forEachVoxel(padded.shape, [&](int64_t z, int64_t y, int64_t x) {
    padded.at(z, y, x) =
        in.at(clampIndex(z - kPad, in.shape[0]), clampIndex(y - kPad, in.shape[1]), clampIndex(x - kPad, in.shape[2]));
  });
  for (int axis = 0; axis < 3; ++axis) {
    const int64_t length = padded.shape[axis];
    Shape3 starts = padded.shape;
    starts[axis] = 1;
    forEachVoxel(starts, [&](int64_t z, int64_t y, int64_t x) {
      std::vector<double*> line;
      for (int64_t i = 0; i < length; ++i) {
        line.push_back(&padded.at(z + (axis == 0 ? i : 0), y + (axis == 1 ? i : 0), x + (axis == 2 ? i : 0)));
      }
      for (double* value : line) *value *= (1.0 - pole) * (1.0 - 1.0 / pole);
      double first = *line[0] + std::pow(pole, length - 1) * *line[length - 1];
      for (int64_t i = 1; i < length - 1; ++i) {
        first += std::pow(pole, i) * (*line[i] + std::pow(pole, length - 1) * *line[length - 1 - i]);
      }
      *line[0] = first / (1.0 - std::pow(pole, 2 * length - 2));
      for (int64_t i = 1; i < length; ++i) *line[i] += pole * *line[i - 1];
      *line[length - 1] = (pole * *line[length - 2] + *line[length - 1]) * pole / (pole * pole - 1.0);
      for (int64_t i = length - 2; i >= 0; --i) *line[i] = pole * (*line[i + 1] - *line[i]);
    });
  }
  Volume out{shape, std::vector<double>(voxelCount(shape))};
  const auto [low, high] = std::minmax_element(in.values.begin(), in.values.end());
  forEachVoxel(shape, [&](int64_t z, int64_t y, int64_t x) {
    const Shape3 at{z, y, x};
    int64_t first[3];
    double w[3][4];
    for (int i = 0; i < 3; ++i) {
      const double c = coordinate(at[i], in.shape[i], shape[i]) + kPad;
      first[i] = static_cast<int64_t>(std::floor(c)) - 1;
      const double t = c - std::floor(c);
      const double s = 1.0 - t;
      w[i][0] = s * s * s / 6.0;
      w[i][1] = (t * t * (t - 2.0) * 3.0 + 4.0) / 6.0;
      w[i][2] = (s * s * (s - 2.0) * 3.0 + 4.0) / 6.0;
      w[i][3] = 1.0 - w[i][0] - w[i][1] - w[i][2];
    }
    double sum = 0;
    for (int a = 0; a < 4; ++a) {
      for (int b = 0; b < 4; ++b) {
        for (int c = 0; c < 4; ++c) {
          sum += padded.at(first[0] + a, first[1] + b, first[2] + c) * w[0][a] * w[1][b] * w[2][c];
        }
      }
    }
    out.at(z, y, x) = std::clamp(sum, *low, *high);
  });
  return out;
}

Volume resize(const Volume& in, const Shape3& shape, int order) {
  if (in.shape == shape) return in;
  return order == 0 ? nearest(in, shape) : order == 1 ? linear(in, shape) : cubic(in, shape);
}

/// The label with the largest resampled indicator; ties: the nearest voxel's label if it is tied, else the smallest.
Volume resizeLabels(const Volume& in, const Shape3& shape, int order) {
  if (order == 0 || in.shape == shape) return resize(in, shape, order);
  const Volume nearby = nearest(in, shape);
  std::map<double, Volume> scores;
  for (const double label : std::set<double>(in.values.begin(), in.values.end())) {
    Volume indicator = in;
    for (double& value : indicator.values) value = value == label ? 1.0 : 0.0;
    scores[label] = resize(indicator, shape, order);
  }
  Volume out{shape, std::vector<double>(voxelCount(shape), 0.0)};
  for (size_t i = 0; i < out.values.size(); ++i) {
    std::set<double> best;
    double most = -1;
    for (const auto& [label, score] : scores) {
      if (score.values[i] > most) best.clear();
      most = std::max(most, score.values[i]);
      if (score.values[i] == most) best.insert(label);
    }
    out.values[i] = best.contains(nearby.values[i]) ? nearby.values[i] : *best.begin();
  }
  return out;
}

/// One channel, with the slices across `separate` resampled by themselves and then picked by the nearest.
template <class Resize>
Volume oracle(const Volume& in, const Shape3& shape, std::optional<int> separate, Resize&& resizeOne) {
  if (in.shape == shape) return in;
  if (!separate) return resizeOne(in, shape);
  const int axis = *separate;
  Shape3 sliceShape = in.shape;
  sliceShape[axis] = 1;
  Shape3 newSlice = shape;
  newSlice[axis] = 1;
  Volume stack{shape, std::vector<double>(voxelCount(shape))};
  stack.shape[axis] = in.shape[axis];
  stack.values.resize(voxelCount(stack.shape));
  for (int64_t i = 0; i < in.shape[axis]; ++i) {
    Volume slice{sliceShape, {}};
    forEachVoxel(sliceShape, [&](int64_t z, int64_t y, int64_t x) {
      slice.values.push_back(in.at(axis == 0 ? i : z, axis == 1 ? i : y, axis == 2 ? i : x));
    });
    const Volume resized = sliceShape == newSlice ? slice : resizeOne(slice, newSlice);
    forEachVoxel(newSlice, [&](int64_t z, int64_t y, int64_t x) {
      stack.at(axis == 0 ? i : z, axis == 1 ? i : y, axis == 2 ? i : x) = resized.at(z, y, x);
    });
  }
  return nearest(stack, shape);
}

struct Example {
  Shape3 shape;
  Shape3 newShape;
  Spacing3 spacing;
  Spacing3 newSpacing;
};

const std::vector<Example> kExamples = {
    {{9, 11, 7}, {13, 14, 8}, {1, 1, 1}, {0.7, 0.8, 0.9}}, {{12, 10, 9}, {7, 8, 5}, {1, 1, 1}, {1.6, 1.3, 1.9}},
    {{4, 13, 40}, {4, 26, 20}, {1, 1, 1}, {1, 0.5, 2}},    {{5, 12, 10}, {9, 15, 9}, {5, 1, 1}, {3, 0.8, 1.1}},
    {{9, 6, 10}, {12, 4, 13}, {1, 5, 1}, {0.8, 8, 0.8}},   {{10, 9, 5}, {8, 11, 11}, {1, 1, 4}, {1.2, 0.9, 2}},
    {{12, 9, 10}, {3, 9, 11}, {1, 1, 1}, {3.5, 1, 0.9}},   {{1, 14, 11}, {1, 20, 9}, {999, 1, 1}, {999, 0.7, 1.3}},
    {{6, 1, 5}, {8, 2, 5}, {1, 1, 1}, {1, 1, 1}},
};

ResampleGeometry geometryOf(const Example& example) {
  return {2, example.shape, example.newShape, example.spacing, example.newSpacing};
}

template <class Element>
Volume channelOf(const std::vector<Element>& values, const Shape3& shape, int64_t channel) {
  const int64_t volume = voxelCount(shape);
  return {shape, std::vector<double>(values.begin() + channel * volume, values.begin() + (channel + 1) * volume)};
}

class Resampling : public testing::TestWithParam<size_t> {
 protected:
  const Example& example() const { return kExamples[GetParam()]; }
  std::optional<int> separate() const { return separateAxis(example().spacing, example().newSpacing, std::nullopt); }
};
INSTANTIATE_TEST_SUITE_P(Examples, Resampling, testing::Range(size_t{0}, kExamples.size()));

TEST_P(Resampling, ImagesFollowTheOracle) {
  const std::vector<float> data = test::randomImage(2 * voxelCount(example().shape), 11);
  for (const int order : {0, 1, 3}) {
    std::vector<float> expected;
    for (int64_t c = 0; c < 2; ++c) {
      const Volume channel = oracle(channelOf(data, example().shape, c), example().newShape, separate(),
                                    [&](const Volume& in, const Shape3& shape) { return resize(in, shape, order); });
      expected.insert(expected.end(), channel.values.begin(), channel.values.end());
    }
    for (const int threads : {1, 3}) {
      RunOptions run;
      run.threads = threads;
      std::vector<float> result(expected.size());
      resampleImage(data, result, geometryOf(example()), {order, 0, std::nullopt}, run);
      for (size_t i = 0; i < expected.size(); ++i) {
        // Cubic: one unit of float32 at most, where the last bit of float64 decides.
        ASSERT_NEAR(result[i], expected[i], order == 3 ? 3e-5 : 0.0) << "order " << order;
      }
    }
  }
}

TEST_P(Resampling, LabelsFollowTheOraclePerLabel) {
  std::vector<int16_t> labels = test::randomLabels(example().shape, -1, 3, 2, 5);
  const std::vector<int16_t> second = test::randomLabels(example().shape, 0, 60, 1, 6);
  labels.insert(labels.end(), second.begin(), second.end());
  for (const int order : {0, 1, 3}) {
    ResampleGeometry geometry = geometryOf(example());
    if (order == 3) {  // the oracle is slow: without the channel of many labels
      geometry.channels = 1;
      labels.resize(voxelCount(example().shape));
    }
    std::vector<int16_t> result(geometry.channels * voxelCount(example().newShape));
    resampleLabels(labels, result, geometry, {order, 0, std::nullopt});
    for (int64_t c = 0; c < geometry.channels; ++c) {
      const Volume expected =
          oracle(channelOf(labels, example().shape, c), example().newShape, separate(),
                 [&](const Volume& in, const Shape3& shape) { return resizeLabels(in, shape, order); });
      int64_t different = 0;
      const Volume actual = channelOf(result, example().newShape, c);
      for (size_t i = 0; i < expected.values.size(); ++i) different += expected.values[i] != actual.values[i];
      // Cubic shares that are equal depend on the last bit.
      EXPECT_LE(different, order == 3 ? static_cast<int64_t>(expected.values.size()) / 100 : 0) << "order " << order;
    }
  }
}

TEST_P(Resampling, LogitsAreRoundedToFloat16Once) {
  std::vector<uint16_t> bits;
  for (const float value : test::randomImage(2 * voxelCount(example().shape), 7, 5.0f))
    bits.push_back(floatToHalf(value));
  std::vector<float> values(bits.size());
  halfToFloat(bits, values);
  std::vector<uint16_t> result(2 * voxelCount(example().newShape));
  resampleLogits(bits, result, geometryOf(example()), {1, 0, std::nullopt});
  for (int64_t c = 0; c < 2; ++c) {
    const Volume expected = oracle(channelOf(values, example().shape, c), example().newShape, separate(),
                                   [](const Volume& in, const Shape3& shape) { return resize(in, shape, 1); });
    const Volume actual = channelOf(result, example().newShape, c);
    for (size_t i = 0; i < expected.values.size(); ++i) {
      ASSERT_EQ(static_cast<uint16_t>(actual.values[i]), doubleToHalf(expected.values[i]));
    }
  }
}

TEST(Resample, DecidesAboutTheSeparateAxisByItsSpacings) {
  const auto automatic = std::optional<bool>();
  EXPECT_EQ(separateAxis({5, 1, 1}, {1, 1, 1}, automatic), 0);
  EXPECT_EQ(separateAxis({1, 1, 1}, {1, 1, 3.5}, automatic), 2);
  EXPECT_EQ(separateAxis({3, 1, 1}, {1, 1, 1}, automatic), std::nullopt) << "three times is not yet anisotropic";
  EXPECT_EQ(separateAxis({0.24, 1.25, 1.25}, {1, 1, 1}, automatic), std::nullopt) << "two coarse axes";
  EXPECT_EQ(separateAxis({1, 2, 1}, {9, 1, 1}, true), 1);
  EXPECT_EQ(separateAxis({1, 1, 1}, {9, 1, 1}, true), std::nullopt);
  EXPECT_EQ(separateAxis({9, 1, 1}, {9, 1, 1}, false), std::nullopt);
}

TEST(Resample, RoundsTheNewShapeHalfToEven) {
  EXPECT_EQ(resampledShape({5, 7, 10}, {1, 1, 1}, {2, 2, 0.8}), (Shape3{2, 4, 12}));
}

TEST(Resample, LeavesEqualShapesUntouched) {
  const Shape3 shape{3, 4, 5};
  const std::vector<float> data = test::randomImage(voxelCount(shape), 2);
  std::vector<float> result(data.size());
  resampleImage(data, result, {1, shape, shape, {1, 1, 1}, {2, 2, 2}}, {});
  EXPECT_EQ(result, data);
}

TEST(Resample, SlabsOfACubicVolumeJoinWithoutASeam) {
  for (const auto& [size, newSize] : {std::pair<int64_t, int64_t>{90, 131}, {200, 77}, {60, 150}}) {
    const Shape3 shape{size, 5, 33};
    const Shape3 newShape{newSize, 7, 30};
    const std::vector<float> data = test::randomImage(voxelCount(shape), 9);
    const auto resampled = [&](int64_t slabBytes) {
      std::vector<double> values(voxelCount(newShape));
      const RowSink sink = [&](int64_t z, int64_t y, const double* row) {
        std::copy_n(row, newShape[2], &values[indexOf(newShape, z, y, 0)]);
      };
      cubicVolume(data.data(), shape, newShape, sink, {}, slabBytes);
      return values;
    };
    const std::vector<double> whole = resampled(int64_t{1} << 30);
    const std::vector<double> slabs = resampled(1);
    for (size_t i = 0; i < whole.size(); ++i) ASSERT_NEAR(slabs[i], whole[i], 1e-12);
  }
}

TEST(Resample, InterpolatesBetweenSlicesWhenAskedTo) {
  const Shape3 shape{4, 3, 3};
  const Shape3 newShape{8, 3, 3};
  const ResampleGeometry geometry{1, shape, newShape, {5, 1, 1}, {2.5, 1, 1}};
  const std::vector<float> data = test::randomImage(voxelCount(shape), 4);
  std::vector<float> result(voxelCount(newShape));
  resampleImage(data, result, geometry, {3, 1, std::nullopt});
  forEachVoxel(newShape, [&](int64_t z, int64_t y, int64_t x) {
    const int64_t low = (z - 1) >= 0 ? (z - 1) / 2 : 0;
    const int64_t high = std::min<int64_t>((z + 1) / 2, 3);
    const double share = low == high ? 0.0 : (z % 2 == 1 ? 0.25 : 0.75);
    const double expected = data[indexOf(shape, low, y, x)] * (1 - share) + data[indexOf(shape, high, y, x)] * share;
    EXPECT_NEAR(result[indexOf(newShape, z, y, x)], expected, 1e-4);
  });
}

int16_t oneVoxelOf(std::vector<int16_t> block, const Shape3& shape) {
  int16_t result = 99;
  resampleLabels(block, std::span(&result, 1), {1, shape, {1, 1, 1}, {1, 1, 1}, {2, 2, 2}}, {1, 0, std::nullopt});
  return result;
}

TEST(Resample, GivesTiedLabelsToTheNearestVoxelElseToTheSmallest) {
  EXPECT_EQ(oneVoxelOf({0, 0, 1, 1}, {1, 2, 2}), 1) << "the upper voxel is the nearest";
  EXPECT_EQ(oneVoxelOf({1, 1, 0, 0}, {1, 2, 2}), 0);
  EXPECT_EQ(oneVoxelOf({3, 2, 1, 0}, {1, 2, 2}), 0);
  EXPECT_EQ(oneVoxelOf({0, 0, 1, 2}, {1, 2, 2}), 0) << "half of it is 0";
  EXPECT_EQ(oneVoxelOf({3, 1, 1, 1, 2, 2, 2, 3}, {2, 2, 2}), 1) << "the nearest, 3, is not tied";
  EXPECT_EQ(oneVoxelOf({1, 1, 1, 2, 0, 0, 0, 2}, {2, 2, 2}), 0);
}

TEST(Resample, FillsMapsOfOneLabelAndMapsWithoutVoxels) {
  const Shape3 shape{3, 4, 5};
  const Shape3 newShape{4, 4, 7};
  for (const int order : {0, 1, 3}) {
    const ResampleGeometry geometry{1, shape, newShape, {1, 1, 1}, {0.7, 1, 0.7}};
    std::vector<int16_t> result(voxelCount(newShape), 9);
    resampleLabels(std::vector<int16_t>(voxelCount(shape), -1), result, geometry, {order, 0, std::nullopt});
    EXPECT_EQ(result, std::vector<int16_t>(result.size(), -1));
    ResampleGeometry empty = geometry;
    empty.shape[1] = 0;
    resampleLabels({}, result, empty, {order, 0, std::nullopt});
    EXPECT_EQ(result, std::vector<int16_t>(result.size(), 0));
  }
}

TEST(Resample, RefusesWhatItCannotDo) {
  std::vector<float> in(8);
  std::vector<float> out(27);
  const ResampleGeometry geometry{1, {2, 2, 2}, {3, 3, 3}, {1, 1, 1}, {0.7, 0.7, 0.7}};
  EXPECT_THROW(resampleImage(in, out, geometry, {2, 0, std::nullopt}), VoxelError);
  ResampleGeometry wrong = geometry;
  wrong.channels = 2;
  EXPECT_THROW(resampleImage(in, out, wrong, {}), VoxelError);
  wrong = geometry;
  wrong.spacing[1] = 0;
  EXPECT_THROW(resampleImage(in, out, wrong, {}), VoxelError);
}

TEST(Resample, StopsWhenCancelled) {
  std::atomic<bool> cancel{true};
  RunOptions run;
  run.cancel = &cancel;
  std::vector<float> in(8);
  std::vector<float> out(27);
  const ResampleGeometry geometry{1, {2, 2, 2}, {3, 3, 3}, {1, 1, 1}, {0.7, 0.7, 0.7}};
  EXPECT_THROW(resampleImage(in, out, geometry, {}, run), Cancelled);
}

}  // namespace
}  // namespace nnunet::voxels
