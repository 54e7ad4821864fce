/** What the steps of a network work with: threads, kernels, and memory that was measured before. */
#pragma once

#include <algorithm>
#include <span>

#include "network/kernels/kernels.h"
#include "network/thread_pool.h"

namespace nnunet::network {

/** Scratch memory of a step, in floats. */
struct Scratch {
  int64_t shared = 0;     ///< for all threads together
  int64_t perWorker = 0;  ///< for each one

  void include(const Scratch& other) {
    shared = std::max(shared, other.shared);
    perWorker = std::max(perWorker, other.perWorker);
  }
};

struct Workspace {
  ThreadPool& pool;
  Kernels kernels;
  std::span<float> shared;
  std::span<float> workers;  ///< equal pieces

  float* of(int worker) const { return workers.data() + worker * (workers.size() / pool.threads()); }
};

}  // namespace nnunet::network
