#include "network/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <stdexcept>

namespace nnunet::network {
namespace {

TEST(ThreadPool, DoesEachPieceOnce) {
  ThreadPool pool(4);
  for (const int64_t pieces : {0, 1, 2, 3, 1000}) {
    std::vector<std::atomic<int>> done(pieces);
    pool.run(pieces, [&](int64_t piece, int) { ++done[piece]; });
    for (const auto& times : done) EXPECT_EQ(times, 1);
  }
}

TEST(ThreadPool, GivesEachThreadANumberOfItsOwn) {
  ThreadPool pool(3);
  std::vector<std::atomic<int>> busy(pool.threads());
  pool.run(500, [&](int64_t, int worker) {
    ASSERT_GE(worker, 0);
    ASSERT_LT(worker, pool.threads());
    EXPECT_EQ(++busy[worker], 1);
    --busy[worker];
  });
}

TEST(ThreadPool, HandsOnTheFirstExceptionAndWorksAgain) {
  ThreadPool pool(4);
  EXPECT_THROW(pool.run(100,
                        [](int64_t piece, int) {
                          if (piece == 7) throw std::runtime_error("seven");
                        }),
               std::runtime_error);
  std::atomic<int64_t> sum{0};
  pool.run(10, [&](int64_t piece, int) { sum += piece; });
  EXPECT_EQ(sum, 45);
}

TEST(ThreadPool, LetsWhoeverIsFreeTakeTheNextPiece) {
  ThreadPool pool(2);
  // The first piece ends only after all others have been done: a pool with fixed shares would wait for ever.
  std::mutex mutex;
  std::condition_variable changed;
  int others = 0;
  pool.run(20, [&](int64_t piece, int) {
    std::unique_lock lock(mutex);
    if (piece == 0) {
      changed.wait(lock, [&] { return others == 19; });
      return;
    }
    ++others;
    changed.notify_all();
  });
  EXPECT_EQ(others, 19);
}

TEST(ThreadPool, OfOneThreadWorksOnTheCaller) {
  ThreadPool pool(1);
  const auto caller = std::this_thread::get_id();
  pool.run(5, [&](int64_t, int worker) {
    EXPECT_EQ(worker, 0);
    EXPECT_EQ(std::this_thread::get_id(), caller);
  });
}

}  // namespace
}  // namespace nnunet::network
