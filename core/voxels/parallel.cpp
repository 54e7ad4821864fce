#include "voxels/parallel.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "voxels/error.h"

namespace nnunet::voxels {

void RunOptions::throwIfCancelled() const {
  if (cancel != nullptr && cancel->load(std::memory_order_relaxed)) throw Cancelled();
}

void parallelFor(int64_t count, int64_t grain, const RunOptions& run,
                 const std::function<void(int64_t, int64_t)>& body) {
  grain = std::max<int64_t>(1, grain);
  const int64_t slabs = (count + grain - 1) / grain;
  int64_t threads = run.threads > 0 ? run.threads : std::max(1u, std::thread::hardware_concurrency());
  threads = std::min(threads, slabs);

  std::atomic<int64_t> next{0};
  std::atomic<bool> failed{false};
  std::exception_ptr failure;
  std::mutex failureMutex;
  const auto work = [&] {
    try {
      for (int64_t slab; !failed && (slab = next.fetch_add(1)) < slabs;) {
        run.throwIfCancelled();
        body(slab * grain, std::min(count, (slab + 1) * grain));
      }
    } catch (...) {
      const std::lock_guard lock(failureMutex);
      if (!failed.exchange(true)) failure = std::current_exception();
    }
  };

  std::vector<std::jthread> helpers;
  for (int64_t i = 1; i < threads; ++i) {
    // A machine that is out of threads still gets its result, from fewer of them.
    try {
      helpers.emplace_back(work);
    } catch (const std::system_error&) {
      break;
    }
  }
  work();
  helpers.clear();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace nnunet::voxels
