// Splits a loop over slabs between threads. The split never changes results: every slab is computed by itself.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

namespace nnunet::voxels {

/// How a kernel runs.
struct RunOptions {
  /// 0: one thread per hardware thread.
  int threads = 0;
  /// Set to true by the caller to stop; looked at between slabs, the kernel then throws Cancelled.
  const std::atomic<bool>* cancel = nullptr;

  void throwIfCancelled() const;
};

/// Calls body(begin, end) for consecutive ranges of at most `grain` that cover [0, count), on several threads.
/// The first exception stops the loop and is thrown again here.
void parallelFor(int64_t count, int64_t grain, const RunOptions& run,
                 const std::function<void(int64_t begin, int64_t end)>& body);

}  // namespace nnunet::voxels
