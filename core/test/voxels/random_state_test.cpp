#include "voxels/random_state.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <vector>

namespace nnunet::voxels {
namespace {

TEST(RandomState, IsTheStandardMersenneTwister) {
  RandomState random(1234);
  std::mt19937 standard(1234);
  for (int i = 0; i < 3000; ++i) ASSERT_EQ(random.next(), standard());
}

TEST(RandomState, PermutesAndChoosesAsNumpy) {
  RandomState random(1234);
  std::vector<uint32_t> permutation(10);
  std::iota(permutation.begin(), permutation.end(), 0u);
  random.shuffle(permutation);
  EXPECT_EQ(permutation, (std::vector<uint32_t>{7, 2, 9, 1, 0, 8, 4, 5, 6, 3}));
  std::vector<uint32_t> chosen(10);
  random.fillBounded(chosen, 6);
  EXPECT_EQ(chosen, (std::vector<uint32_t>{1, 2, 6, 3, 6, 4, 4, 2, 6, 2}));
  std::vector<uint32_t> only(3, 9);
  random.fillBounded(only, 0);
  EXPECT_EQ(only, (std::vector<uint32_t>{0, 0, 0})) << "one candidate needs no random number";
  for (const uint32_t expected : {120u, 880u, 476u, 325u, 336u}) EXPECT_EQ(random.bounded(999), expected);
}

TEST(RandomState, ShufflesLongListsAsTheTextbookDoes) {
  RandomState random(5);
  std::vector<uint32_t> fast(10007);
  std::iota(fast.begin(), fast.end(), 0u);
  std::vector<uint32_t> slow = fast;
  random.shuffle(fast);
  RandomState again(5);
  for (uint32_t i = 10006; i >= 1; --i) std::swap(slow[i], slow[again.bounded(i)]);
  EXPECT_EQ(fast, slow);
}

TEST(RandomState, FillsInAnyPortionsAsOneByOne) {
  RandomState whole(77);
  RandomState parts(77);
  for (const size_t count : {1u, 623u, 700u, 5u, 2000u}) {
    std::vector<uint32_t> filled(count);
    whole.fillBounded(filled, 1000);
    for (const uint32_t value : filled) ASSERT_EQ(value, parts.bounded(1000));
  }
}

TEST(RandomState, GoesOnFromWhereItWasSaved) {
  for (const int used : {0, 5, 624, 1000}) {
    RandomState random(42);
    for (int i = 0; i < used; ++i) random.next();
    const auto saved = random.save();
    RandomState restored = RandomState::restore(saved);
    for (int i = 0; i < 1500; ++i) ASSERT_EQ(random.next(), restored.next());
  }
}

}  // namespace
}  // namespace nnunet::voxels
