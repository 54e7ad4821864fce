/** Threads that take small pieces of work, whoever is free, and sleep in between: nobody waits for a fixed share. */
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace nnunet::network {

class ThreadPool {
 public:
  /** @param threads  that work, the caller among them; fewer where the system gives no more */
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(helpers_.size()) + 1; }

  /** What is done with a piece; `worker` in [0, threads()) names whose scratch memory may be used. */
  using Body = std::function<void(int64_t piece, int worker)>;

  /**
   * Calls body once for each piece in [0, pieces) and returns when all are done. Which thread takes which piece is
   * open: results must not depend on it. The first exception ends the loop and is thrown again here. One caller at a
   * time; a body must not call run.
   */
  void run(int64_t pieces, const Body& body);

 private:
  void serve(int worker);
  void work(int worker);
  bool takePiece(int64_t& piece);

  std::mutex mutex_;
  std::condition_variable begun_, ended_;
  // Of the loop that is run now; guarded by the mutex.
  const Body* body_ = nullptr;
  int64_t next_ = 0, pieces_ = 0, taken_ = 0;
  uint64_t loops_ = 0;
  std::exception_ptr failure_;
  bool closing_ = false;
  std::vector<std::thread> helpers_;
};

}  // namespace nnunet::network
