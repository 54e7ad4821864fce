#include "network/arena.h"

#include <gtest/gtest.h>

#include <random>

namespace nnunet::network {
namespace {

bool meetInTime(const LiveRange& a, const LiveRange& b) {
  return a.first <= b.last && b.first <= a.last;
}

TEST(Arena, LetsValuesThatNeverMeetShareMemory) {
  const auto plan = placeInArena({{1024, 0, 1}, {1024, 2, 3}});
  EXPECT_EQ(plan.bytes, 1024);
  EXPECT_EQ(plan.offsets[0], plan.offsets[1]);
}

TEST(Arena, KeepsValuesApartThatOneStepTouches) {
  const auto plan = placeInArena({{1024, 0, 1}, {512, 1, 2}});
  EXPECT_EQ(plan.bytes, 1536);
}

TEST(Arena, FillsGapsBetweenLargerValues) {
  // The small one fits where the middle one was.
  const auto plan = placeInArena({{1024, 0, 5}, {1000, 0, 1}, {900, 0, 5}, {640, 2, 3}});
  EXPECT_EQ(plan.offsets[3], plan.offsets[1]);
}

TEST(Arena, NeverOverlapsAndNeverExceedsItsSize) {
  std::mt19937 random(1);
  std::vector<LiveRange> ranges;
  for (int i = 0; i < 200; ++i) {
    const int first = static_cast<int>(random() % 60);
    ranges.push_back({static_cast<int64_t>(random() % 5000 + 1), first, first + static_cast<int>(random() % 12)});
  }
  const auto plan = placeInArena(ranges);
  for (size_t i = 0; i < ranges.size(); ++i) {
    EXPECT_EQ(plan.offsets[i] % kArenaAlignment, 0);
    EXPECT_LE(plan.offsets[i] + ranges[i].bytes, plan.bytes);
    for (size_t j = 0; j < i; ++j) {
      const bool apart =
          plan.offsets[i] + ranges[i].bytes <= plan.offsets[j] || plan.offsets[j] + ranges[j].bytes <= plan.offsets[i];
      EXPECT_TRUE(apart || !meetInTime(ranges[i], ranges[j])) << i << " and " << j;
    }
  }
}

}  // namespace
}  // namespace nnunet::network
