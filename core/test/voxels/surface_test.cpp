// Surfaces of masks: their areas against shapes that are known, their distances against every pair of elements.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "volumes.h"
#include "voxels/error.h"
#include "voxels/surface_area.h"
#include "voxels/surface_elements.h"
#include "voxels/surface_field.h"
#include "voxels/surface_metrics.h"

namespace nnunet::voxels {
namespace {

using test::forEachVoxel;
using test::indexOf;

/// The code when the corners of the cube are renamed: bit i of the result is bit renamed(i) of `code`.
template <class Rename>
int renamed(int code, Rename&& rename) {
  int result = 0;
  for (int corner = 0; corner < 8; ++corner) result |= (code >> rename(corner) & 1) << corner;
  return result;
}

TEST(SurfaceAreas, OfOneCornerAnEdgeAndAFace) {
  const auto areas = surfaceAreas({2, 3, 5});
  EXPECT_EQ(areas[0], 0);
  EXPECT_EQ(areas[255], 0);
  // The corner's triangle has half the edges, 1, 1.5 and 2.5 mm, as its legs.
  EXPECT_NEAR(areas[1], std::sqrt(std::pow(1 * 1.5, 2) + std::pow(1 * 2.5, 2) + std::pow(1.5 * 2.5, 2)) / 2, 1e-12);
  EXPECT_NEAR(areas[0b00000011], 5 * std::hypot(1, 1.5), 1e-12);
  EXPECT_NEAR(areas[0b00001111], 3 * 5, 1e-12);
  // Two opposite corners: one triangle each.
  EXPECT_NEAR(areas[0b10000001], 2 * areas[1], 1e-12);
  // A corner and its three neighbours: a flat hexagon of edge 0.5 * sqrt(2).
  EXPECT_NEAR(surfaceAreas({1, 1, 1})[0b00010111], 3 * std::sqrt(3) / 2 * 0.5, 1e-12);
}

TEST(SurfaceAreas, DoNotDependOnHowTheCubeLies) {
  const Spacing3 spacing{1, 1.37, 2.11};
  const auto areas = surfaceAreas(spacing);
  const auto turned = surfaceAreas({spacing[0], spacing[2], spacing[1]});
  const auto rolled = surfaceAreas({spacing[1], spacing[2], spacing[0]});
  for (int code = 0; code < 256; ++code) {
    EXPECT_NEAR(areas[code], areas[255 - code], 1e-12) << "the complement of " << code;
    for (const int mirror : {1, 2, 4}) {
      const int other = renamed(code, [&](int corner) { return corner ^ mirror; });
      EXPECT_NEAR(areas[code], areas[other], 1e-12) << code << " mirrored";
    }
    const int swapped = renamed(code, [](int c) { return (c & 4) | (c & 1) << 1 | (c & 2) >> 1; });
    EXPECT_NEAR(areas[code], turned[swapped], 1e-12) << code << " with y and x swapped";
    // In the rolled cube, z is y before, y is x before, x is z before.
    const int cycled = renamed(code, [](int c) { return (c & 4) >> 1 | (c & 2) >> 1 | (c & 1) << 2; });
    EXPECT_NEAR(areas[code], rolled[cycled], 1e-12) << code << " with the axes moved on";
  }
}

TEST(SurfaceAreas, OfABoxComeToItsFacesWithBevelledEdges) {
  const Shape3 shape{4, 5, 6};
  const Spacing3 spacing{2, 1, 0.5};
  const auto areas = surfaceAreas(spacing);
  const Surface surface = surfaceOf([&](int64_t, uint8_t* mask) { std::fill_n(mask, 30, uint8_t{1}); }, shape);
  double area = 0;
  int64_t elements = 0;
  for (const auto& slice : surface.slices) {
    for (const SurfaceElement& element : slice) area += areas[element.code];
    elements += static_cast<int64_t>(slice.size());
  }
  // Faces from edge to edge are a voxel shorter, then come the bevels along the edges and the corners.
  const double z = 3 * 2, y = 4 * 1, x = 5 * 0.5;
  const double faces = 2 * (z * y + z * x + y * x);
  const double bevels = 4 * (z * std::hypot(0.5, 0.25) + y * std::hypot(1, 0.25) + x * std::hypot(1, 0.5));
  EXPECT_NEAR(area, faces + bevels + 8 * areas[1], 1e-9);
  EXPECT_EQ(elements, 5 * 6 * 7 - 3 * 4 * 5);
}

struct Masks {
  Shape3 shape;
  std::vector<uint8_t> reference;
  std::vector<uint8_t> prediction;
};

/// All metrics, from every pair of elements.
SurfaceMetrics naiveMetrics(const Masks& masks, Spacing3 spacing, double percentile, double tolerance) {
  struct Element {
    Shape3 at;
    double area;
  };
  const bool isPicture = masks.shape[0] == 1;
  const auto areas = surfaceAreas(isPicture ? Spacing3{1, spacing[1], spacing[2]} : spacing);
  const auto elementsOf = [&](const std::vector<uint8_t>& mask) {
    std::vector<Element> elements;
    const Shape3 corners{isPicture ? 1 : masks.shape[0] + 1, masks.shape[1] + 1, masks.shape[2] + 1};
    forEachVoxel(corners, [&](int64_t z, int64_t y, int64_t x) {
      int code = 0;
      for (int corner = 0; corner < 8; ++corner) {
        const int64_t vz = isPicture ? 0 : z - 1 + (corner >> 2);
        const int64_t vy = y - 1 + (corner >> 1 & 1);
        const int64_t vx = x - 1 + (corner & 1);
        if (vz < 0 || vy < 0 || vx < 0 || vz >= masks.shape[0] || vy >= masks.shape[1] || vx >= masks.shape[2]) {
          continue;
        }
        if (mask[indexOf(masks.shape, vz, vy, vx)]) code |= 1 << corner;
      }
      if (code != 0 && code != 255) elements.push_back({{z, y, x}, areas[code]});
    });
    return elements;
  };
  struct Directed {
    std::vector<std::pair<double, double>> sorted;
    double area = 0, sum = 0, within = 0;
  };
  const auto directed = [&](const std::vector<Element>& from, const std::vector<Element>& to) {
    Directed result;
    for (const Element& element : from) {
      double nearest = std::numeric_limits<double>::infinity();
      for (const Element& other : to) {
        double squares = 0;
        for (int axis = 0; axis < 3; ++axis) {
          squares += std::pow(static_cast<double>(element.at[axis] - other.at[axis]) * spacing[axis], 2);
        }
        nearest = std::min(nearest, std::sqrt(squares));
      }
      result.sorted.emplace_back(nearest, element.area);
      result.area += element.area;
      result.sum += nearest * element.area;
      if (nearest <= tolerance + 1e-9) result.within += element.area;
    }
    std::sort(result.sorted.begin(), result.sorted.end());
    return result;
  };
  const auto at = [&](const Directed& one, double percent) {
    double sum = 0;
    for (const auto& [distance, area] : one.sorted) {
      sum += area;
      if (sum >= percent / 100 * one.area - 1e-9) return distance;
    }
    return one.sorted.back().first;
  };
  const auto reference = elementsOf(masks.reference);
  const auto prediction = elementsOf(masks.prediction);
  const Directed forth = directed(reference, prediction);
  const Directed back = directed(prediction, reference);
  return {std::max(at(forth, percentile), at(back, percentile)),
          std::max(at(forth, 100), at(back, 100)),
          forth.sum / forth.area,
          back.sum / back.area,
          (forth.sum + back.sum) / (forth.area + back.area),
          (forth.within + back.within) / (forth.area + back.area),
          forth.area,
          back.area};
}

void expectNear(const SurfaceMetrics& actual, const SurfaceMetrics& expected) {
  const auto near = [](double a, double b) { return std::abs(a - b) <= 1e-6 * std::max(1.0, std::abs(b)); };
  EXPECT_PRED2(near, actual.percentileDistance, expected.percentileDistance);
  EXPECT_PRED2(near, actual.hausdorffDistance, expected.hausdorffDistance);
  EXPECT_PRED2(near, actual.referenceToPrediction, expected.referenceToPrediction);
  EXPECT_PRED2(near, actual.predictionToReference, expected.predictionToReference);
  EXPECT_PRED2(near, actual.averageDistance, expected.averageDistance);
  EXPECT_PRED2(near, actual.surfaceDice, expected.surfaceDice);
  EXPECT_PRED2(near, actual.referenceArea, expected.referenceArea);
  EXPECT_PRED2(near, actual.predictionArea, expected.predictionArea);
}

SurfaceMetrics metricsOf(const Masks& masks, const Spacing3& spacing, const SurfaceSettings& settings = {},
                         const RunOptions& run = {}) {
  const std::vector<std::vector<int>> classes{{1}};
  return surfaceMetrics(std::span<const uint8_t>(masks.reference), std::span<const uint8_t>(masks.prediction),
                        masks.shape, spacing, classes, {}, settings, run)
      .front();
}

TEST(SurfaceMetrics, EqualThoseOfEveryPairOfElements) {
  uint32_t seed = 1;
  for (const Shape3 shape : {Shape3{7, 8, 9}, {1, 13, 11}, {2, 3, 17}, {12, 4, 4}}) {
    for (const Spacing3 spacing : {Spacing3{1, 1, 1}, {3, 0.5, 0.7}, {0.4, 2, 1}}) {
      for (const auto& [inReference, inPrediction] : {std::pair(0.5, 0.5), {0.05, 0.9}, {0.01, 0.02}}) {
        Masks masks{shape, test::randomMask(voxelCount(shape), inReference, seed++),
                    test::randomMask(voxelCount(shape), inPrediction, seed++)};
        masks.reference[seed % masks.reference.size()] = 1;
        masks.prediction[seed * 7 % masks.prediction.size()] = 1;
        SCOPED_TRACE(testing::Message() << "seed " << seed << ", slices " << shape[0]);
        for (const double percentile : {95.0, 50.0}) {
          expectNear(metricsOf(masks, spacing, {percentile, {1}}), naiveMetrics(masks, spacing, percentile, 1));
        }
      }
    }
  }
}

TEST(SurfaceMetrics, OfASlicePutIntoAVolumeHaveBothItsSides) {
  for (const int64_t at : {0, 1, 2}) {
    Masks masks{{3, 4, 5}, std::vector<uint8_t>(60, 0), std::vector<uint8_t>(60, 0)};
    std::fill_n(masks.reference.begin() + at * 20, 20, 1);
    std::fill_n(masks.prediction.begin() + at * 20 + 5, 10, 1);
    expectNear(metricsOf(masks, {2, 1, 1}), naiveMetrics(masks, {2, 1, 1}, 95, 1));
  }
}

TEST(SurfaceMetrics, OfAShiftedBoxAreTheShift) {
  Masks masks{{20, 20, 20}, std::vector<uint8_t>(8000, 0), std::vector<uint8_t>(8000, 0)};
  forEachVoxel(masks.shape, [&](int64_t z, int64_t y, int64_t x) {
    const auto in = [&](int64_t low) { return z >= low && z < low + 8 && y >= 5 && y < 15 && x >= 5 && x < 15; };
    masks.reference[indexOf(masks.shape, z, y, x)] = in(4);
    masks.prediction[indexOf(masks.shape, z, y, x)] = in(7);
  });
  const SurfaceMetrics metrics = metricsOf(masks, {1.5, 1, 1}, {95, {4.5}});
  EXPECT_NEAR(metrics.hausdorffDistance, 4.5, 1e-6);
  EXPECT_NEAR(metrics.percentileDistance, 4.5, 1e-6);
  EXPECT_NEAR(metrics.surfaceDice, 1, 1e-12) << "a distance that equals the tolerance lies within it";
  EXPECT_NEAR(metrics.referenceArea, metrics.predictionArea, 1e-9);
  EXPECT_LT(metricsOf(masks, {1.5, 1, 1}, {95, {4.4}}).surfaceDice, 0.9);
}

TEST(SurfaceMetrics, OfEmptyMasksAreNaNOrInfinite) {
  const Shape3 shape{3, 3, 3};
  std::vector<uint8_t> one(27, 0);
  one[13] = 1;
  const SurfaceMetrics neither = metricsOf({shape, std::vector<uint8_t>(27), std::vector<uint8_t>(27)}, {1, 1, 1});
  EXPECT_TRUE(std::isnan(neither.percentileDistance) && std::isnan(neither.surfaceDice));
  EXPECT_EQ(neither.referenceArea, 0);
  for (const SurfaceMetrics& metrics : {metricsOf({shape, one, std::vector<uint8_t>(27)}, {1, 1, 1}),
                                        metricsOf({shape, std::vector<uint8_t>(27), one}, {1, 1, 1})}) {
    EXPECT_TRUE(std::isinf(metrics.percentileDistance) && std::isinf(metrics.averageDistance));
    EXPECT_EQ(metrics.surfaceDice, 0);
  }
  EXPECT_GT(metricsOf({shape, one, std::vector<uint8_t>(27)}, {1, 1, 1}).referenceArea, 0);
}

TEST(SurfaceMetrics, TakeRegionsAndLeaveOutWhatTheReferenceIgnores) {
  const Shape3 shape{9, 10, 11};
  const std::vector<int16_t> reference = test::randomLabels(shape, 0, 4, 3, 5);
  const std::vector<int16_t> prediction = test::randomLabels(shape, 0, 3, 2, 6);
  const std::vector<std::vector<int>> classes{{1}, {1, 3}, {2}};
  const SurfaceSettings settings{95, {0.5, 1, 2}};
  const auto actual = surfaceMetrics(std::span<const int16_t>(reference), std::span<const int16_t>(prediction), shape,
                                     {1, 2, 1}, classes, 4, settings);
  for (size_t i = 0; i < classes.size(); ++i) {
    Masks masks{shape, {}, {}};
    const auto in = [&](int label) {
      return std::find(classes[i].begin(), classes[i].end(), label) != classes[i].end();
    };
    for (size_t at = 0; at < reference.size(); ++at) {
      masks.reference.push_back(in(reference[at]));
      masks.prediction.push_back(in(prediction[at]) && reference[at] != 4);
    }
    expectNear(actual[i], naiveMetrics(masks, {1, 2, 1}, 95, settings.tolerances[i]));
  }
}

TEST(SurfaceMetrics, AreTheSameToTheLastBitWithAnyNumberOfThreads) {
  const Shape3 shape{40, 30, 35};
  const Masks masks{shape, test::randomMask(voxelCount(shape), 0.3, 7), test::randomMask(voxelCount(shape), 0.01, 8)};
  RunOptions one;
  one.threads = 1;
  RunOptions many;
  many.threads = 5;
  const SurfaceMetrics a = metricsOf(masks, {1, 0.7, 0.7}, {}, one);
  const SurfaceMetrics b = metricsOf(masks, {1, 0.7, 0.7}, {}, many);
  EXPECT_EQ(a.averageDistance, b.averageDistance);
  EXPECT_EQ(a.percentileDistance, b.percentileDistance);
  EXPECT_EQ(a.surfaceDice, b.surfaceDice);
}

TEST(SurfaceMetrics, RefuseWhatCannotBe) {
  const Masks masks{{2, 2, 2}, std::vector<uint8_t>(8, 1), std::vector<uint8_t>(8, 1)};
  EXPECT_THROW(metricsOf({{2, 2, 3}, masks.reference, masks.prediction}, {1, 1, 1}), VoxelError);
  EXPECT_THROW(metricsOf(masks, {0, 1, 1}), VoxelError);
  EXPECT_THROW(metricsOf(masks, {1, std::nan(""), 1}), VoxelError);
  EXPECT_THROW(metricsOf(masks, {1, 1, 1}, {101, {1}}), VoxelError);
  EXPECT_THROW(metricsOf(masks, {1, 1, 1}, {95, {1, 2}}), VoxelError);
}

}  // namespace
}  // namespace nnunet::voxels
