#include "trainer/augment/cascade.h"

#include <algorithm>
#include <map>

#include "volumes.h"

namespace nnunet::augment {
namespace {

using test::OwnedSample;

// The structuring element as scikit-image builds it, as a dense array.
struct DenseElement {
  int64_t size;
  std::vector<double> points;
  explicit DenseElement(int dims, double radius) {
    if (dims == 3) {
      size = static_cast<int64_t>(2 * radius + 1);
      for (int64_t i = 0; i < size; ++i)
        points.push_back(-radius + 2 * radius * static_cast<double>(i) / static_cast<double>(size - 1));
    } else {
      for (double p = -radius; p < radius + 1; p += 1) points.push_back(p);
      size = static_cast<int64_t>(points.size());
    }
  }
};

std::vector<bool> naiveDilation(const std::vector<bool>& mask, const Shape& shape, int dims, double radius) {
  const DenseElement element(dims, radius);
  const int64_t before = (element.size - 1) / 2, depth = dims == 3 ? element.size : 1;
  std::vector<bool> result(mask.size());
  int64_t i = 0;
  for (int64_t z = 0; z < shape[0]; ++z)
    for (int64_t y = 0; y < shape[1]; ++y)
      for (int64_t x = 0; x < shape[2]; ++x, ++i)
        for (int64_t a = 0; a < depth; ++a)
          for (int64_t b = 0; b < element.size; ++b)
            for (int64_t c = 0; c < element.size; ++c) {
              const double dz = dims == 3 ? element.points[a] : 0, dy = element.points[b], dx = element.points[c];
              if (dz * dz + dy * dy + dx * dx > radius * radius) continue;
              const int64_t pz = z + (dims == 3 ? a - before : 0), py = y + b - before, px = x + c - before;
              if (pz < 0 || pz >= shape[0] || py < 0 || py >= shape[1] || px < 0 || px >= shape[2]) continue;
              if (mask[(pz * shape[1] + py) * shape[2] + px]) result[i] = true;
            }
  return result;
}

std::vector<bool> naive(const std::vector<bool>& mask, const Shape& shape, int dims, double radius,
                        MorphologyOperator op) {
  const auto dilation = [&](const std::vector<bool>& m) { return naiveDilation(m, shape, dims, radius); };
  const auto erosion = [&](std::vector<bool> m) {
    m.flip();
    auto result = dilation(m);
    result.flip();
    return result;
  };
  switch (op) {
    case MorphologyOperator::Dilation:
      return dilation(mask);
    case MorphologyOperator::Erosion:
      return erosion(mask);
    case MorphologyOperator::Closing:
      return erosion(dilation(mask));
    default:
      return dilation(erosion(mask));
  }
}

TEST(Morphology, EqualsTheDefinitionForAnyRadius) {
  for (const auto& [dims, shape] :
       {std::pair{3, Shape{7, 12, 70}}, std::pair{3, Shape{9, 8, 13}}, std::pair{2, Shape{1, 20, 64}}})
    for (const double radius : {1.0, 1.3, 1.5, 2.0, 2.6, 4.75}) {
      std::vector<float> values(voxels(shape), 0.0f);
      std::vector<int16_t> labels(values.size());
      test::fillWithBlocks({labels.data(), 1, shape}, 3, 3);
      std::vector<bool> mask(values.size());
      for (size_t i = 0; i < values.size(); ++i) {
        mask[i] = labels[i] == 1 || labels[i] == 2;
        values[i] = mask[i] ? 1.0f : 0.0f;
      }
      BitVolume input, output, scratch;
      input.resize(shape);
      toBits(values.data(), input);
      for (const auto op : {MorphologyOperator::Dilation, MorphologyOperator::Erosion, MorphologyOperator::Closing,
                            MorphologyOperator::Opening}) {
        applyMorphology(input, op, roundElement(dims, radius), output, scratch);
        const auto expected = naive(mask, shape, dims, radius, op);
        int64_t different = 0;
        for (int64_t z = 0; z < shape[0]; ++z)
          for (int64_t y = 0; y < shape[1]; ++y)
            for (int64_t x = 0; x < shape[2]; ++x)
              different += output.at(z, y, x) != expected[(z * shape[1] + y) * shape[2] + x];
        EXPECT_EQ(different, 0) << "dims " << dims << " radius " << radius << " operator " << static_cast<int>(op);
      }
    }
}

TEST(Morphology, ErosionTakesTheOutsideForForeground) {
  BitVolume full, output, scratch;
  full.resize({4, 4, 4});
  const std::vector<float> ones(64, 1.0f);
  toBits(ones.data(), full);
  applyMorphology(full, MorphologyOperator::Erosion, roundElement(3, 2), output, scratch);
  for (int64_t i = 0; i < 64; ++i) EXPECT_TRUE(output.at(i / 16, i / 4 % 4, i % 4));
}

TEST(Components, AreConnectedOverFacesEdgesAndCorners) {
  const Shape shape{3, 4, 70};
  std::vector<float> values(voxels(shape), 0.0f);
  const auto set = [&](int64_t z, int64_t y, int64_t x) { values[(z * shape[1] + y) * shape[2] + x] = 1; };
  set(0, 0, 0);
  set(1, 1, 1);  // touches over a corner
  set(1, 2, 2);  // touches over an edge
  set(0, 3, 10);
  set(0, 3, 11);
  set(0, 3, 13);                                   // one voxel away
  for (int64_t x = 60; x < 70; ++x) set(2, 0, x);  // across two words
  BitVolume volume;
  volume.resize(shape);
  toBits(values.data(), volume);
  std::vector<int64_t> sizes;
  for (const auto& component : connectedComponents(volume)) sizes.push_back(component.voxels);
  std::ranges::sort(sizes);
  EXPECT_EQ(sizes, (std::vector<int64_t>{1, 2, 3, 10}));
}

TEST(Cascade, AppendsThePreviousLabelsAsChannels) {
  OwnedSample sample(3, {2, 3, 4}, 1, 2, 2);
  for (size_t i = 0; i < 24; ++i) sample.labels[24 + i] = static_cast<int16_t>(i % 4);
  appendOneHot(sample.view, {1, 3});
  EXPECT_EQ(sample.view.image.channels, 3);
  EXPECT_EQ(sample.view.segmentation.channels, 1);
  for (size_t i = 0; i < 24; ++i) {
    EXPECT_EQ(sample.image[24 + i], i % 4 == 1 ? 1 : 0);
    EXPECT_EQ(sample.image[48 + i], i % 4 == 3 ? 1 : 0);
  }
}

TEST(Cascade, AnOperatorTakesAddedVoxelsFromTheOtherLabels) {
  const Shape shape{1, 1, 9};
  std::vector<float> oneHot{0, 1, 1, 0, 0, 0, 0, 0, 0, /**/ 0, 0, 0, 1, 1, 1, 0, 0, 0};
  applyOperators({oneHot.data(), 2, shape}, 3, {{{0, MorphologyOperator::Dilation, 1.0}}});
  EXPECT_EQ(oneHot, (std::vector<float>{1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0}));
  applyOperators({oneHot.data(), 2, shape}, 3, {{{1, MorphologyOperator::Erosion, 1.0}}});
  EXPECT_EQ(oneHot, (std::vector<float>{1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST(Cascade, RemovesOneComponentThatIsSmallEnough) {
  const Shape shape{1, 1, 40};
  const auto line = [] {
    std::vector<float> values(40, 0.0f);
    values[0] = 1;                                // 1 voxel
    for (int i = 5; i < 10; ++i) values[i] = 1;   // 5 voxels
    for (int i = 20; i < 26; ++i) values[i] = 1;  // 6 voxels: 0.15 of the patch, stays
    return values;
  };
  std::map<double, int> removed;
  for (const double choice : {0.0, 0.49, 0.5, 0.999}) {
    auto values = line();
    applyRemoveComponent({values.data(), 1, shape}, {{{0, choice}}, 0.15});
    removed[choice] = 12 - static_cast<int>(std::ranges::count(values, 1.0f));
  }
  EXPECT_EQ(removed, (std::map<double, int>{{0.0, 1}, {0.49, 1}, {0.5, 5}, {0.999, 5}}));
  std::vector<float> full(40, 1.0f), empty(40, 0.0f);
  applyRemoveComponent({full.data(), 1, shape}, {{{0, 0.5}}, 0.15});
  applyRemoveComponent({empty.data(), 1, shape}, {{{0, 0.5}}, 0.15});
  EXPECT_EQ(std::ranges::count(full, 1.0f), 40);
  EXPECT_EQ(std::ranges::count(empty, 1.0f), 0);
}

TEST(Cascade, DrawsLabelsOperatorsAndRadiiEvenly) {
  constexpr int draws = 8000;
  std::map<int, int> operators;
  std::map<int64_t, int> first;
  int steps = 0;
  double radii = 0;
  for (int i = 0; i < draws; ++i) {
    Random random{8, static_cast<uint64_t>(i)};
    const auto parameters = drawOperators(random, AugmentSettings{}, 3);
    for (const auto& step : parameters.steps) {
      ++steps;
      ++operators[static_cast<int>(step.op)];
      radii += step.radius;
      EXPECT_GE(step.radius, 1);
      EXPECT_LT(step.radius, 8);
    }
    if (!parameters.steps.empty()) ++first[parameters.steps[0].label];
  }
  EXPECT_NEAR(steps / (3.0 * draws), 0.5, 0.017);
  EXPECT_NEAR(radii / steps, 4.5, 0.1);
  EXPECT_EQ(operators.size(), 4u);
  for (const auto& [op, count] : operators) EXPECT_NEAR(count / static_cast<double>(steps), 0.25, 0.02) << op;
  for (const auto& [label, count] : first) EXPECT_NEAR(count / (draws * 0.875), 1 / 3.0, 0.03) << label;
}

}  // namespace
}  // namespace nnunet::augment
