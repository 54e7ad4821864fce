#include "voxels/parallel.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "voxels/error.h"

namespace nnunet::voxels {
namespace {

TEST(ParallelFor, VisitsEveryIndexOnce) {
  for (const int threads : {1, 2, 5}) {
    for (const int64_t count : {0, 1, 7, 100}) {
      std::vector<int> visits(count, 0);
      RunOptions run;
      run.threads = threads;
      parallelFor(count, 3, run, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) ++visits[i];
      });
      EXPECT_EQ(visits, std::vector<int>(count, 1));
    }
  }
}

TEST(ParallelFor, ThrowsWhatItsBodyThrows) {
  RunOptions run;
  run.threads = 3;
  const auto body = [](int64_t begin, int64_t) {
    if (begin == 5) throw std::runtime_error("five");
  };
  EXPECT_THROW(parallelFor(10, 1, run, body), std::runtime_error);
}

TEST(ParallelFor, StopsBetweenSlabsWhenCancelled) {
  std::atomic<bool> cancel{false};
  RunOptions run;
  run.threads = 1;
  run.cancel = &cancel;
  int64_t visited = 0;
  const auto body = [&](int64_t begin, int64_t) {
    ++visited;
    if (begin == 2) cancel = true;
  };
  EXPECT_THROW(parallelFor(1000, 1, run, body), Cancelled);
  EXPECT_EQ(visited, 3);
}

}  // namespace
}  // namespace nnunet::voxels
