#include "voxels/transpose.h"

#include <gtest/gtest.h>

#include "volumes.h"
#include "voxels/error.h"

namespace nnunet::voxels {
namespace {

template <class Element>
void expectTransposed(const Shape3& shape, const Axes3& axes) {
  const int64_t channels = 2;
  std::vector<Element> in(channels * voxelCount(shape));
  for (size_t i = 0; i < in.size(); ++i) in[i] = static_cast<Element>(i * 7 + 1);
  std::vector<Element> out(in.size());
  RunOptions run;
  run.threads = 2;
  transpose(reinterpret_cast<const std::byte*>(in.data()), reinterpret_cast<std::byte*>(out.data()), sizeof(Element),
            channels, shape, axes, run);
  const Shape3 size = transposedShape(shape, axes);
  for (int64_t c = 0; c < channels; ++c) {
    test::forEachVoxel(size, [&](int64_t i, int64_t j, int64_t k) {
      Shape3 at{};
      at[axes[0]] = i;
      at[axes[1]] = j;
      at[axes[2]] = k;
      ASSERT_EQ(out[c * voxelCount(size) + test::indexOf(size, i, j, k)],
                in[c * voxelCount(shape) + test::indexOf(shape, at[0], at[1], at[2])]);
    });
  }
}

TEST(Transpose, PutsEveryVoxelInItsPlaceForAllPermutationsAndTypes) {
  for (const Axes3 axes : {Axes3{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}) {
    for (const Shape3 shape : {Shape3{3, 70, 41}, {1, 5, 130}, {33, 1, 2}}) {
      expectTransposed<uint8_t>(shape, axes);
      expectTransposed<uint16_t>(shape, axes);
      expectTransposed<float>(shape, axes);
      expectTransposed<double>(shape, axes);
    }
  }
}

TEST(Transpose, IsUndoneByTheInverse) {
  for (const Axes3 axes : {Axes3{1, 2, 0}, {2, 0, 1}, {2, 1, 0}}) {
    const Shape3 shape{4, 5, 6};
    EXPECT_EQ(transposedShape(transposedShape(shape, axes), inverseAxes(axes)), shape);
  }
}

TEST(Transpose, RefusesWhatIsNoPermutation) {
  EXPECT_THROW(checkAxes({0, 0, 1}), VoxelError);
  EXPECT_THROW(checkAxes({0, 1, 3}), VoxelError);
}

}  // namespace
}  // namespace nnunet::voxels
