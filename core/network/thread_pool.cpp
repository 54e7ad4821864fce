#include "network/thread_pool.h"

#include <system_error>

namespace nnunet::network {

ThreadPool::ThreadPool(int threads) {
  for (int worker = 1; worker < threads; ++worker) {
    try {
      helpers_.emplace_back([this, worker] { serve(worker); });
    } catch (const std::system_error&) {
      break;  // a machine that is out of threads still gets its result, from fewer of them
    }
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  begun_.notify_all();
  for (auto& helper : helpers_) helper.join();
}

// A piece takes tens of microseconds or more, so a lock for each is not felt, and the state stays simple.
bool ThreadPool::takePiece(int64_t& piece) {
  const std::lock_guard lock(mutex_);
  if (next_ >= pieces_) return false;
  piece = next_++;
  ++taken_;
  return true;
}

void ThreadPool::work(int worker) {
  int64_t piece = 0;
  while (takePiece(piece)) {
    std::exception_ptr failure;
    try {
      (*body_)(piece, worker);
    } catch (...) {
      failure = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    if (failure) {
      if (!failure_) failure_ = failure;
      next_ = pieces_;
    }
    if (--taken_ == 0 && next_ >= pieces_) ended_.notify_all();
  }
}

void ThreadPool::serve(int worker) {
  uint64_t seen = 0;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      begun_.wait(lock, [&] { return closing_ || loops_ != seen; });
      if (closing_) return;
      seen = loops_;
    }
    work(worker);
  }
}

void ThreadPool::run(int64_t pieces, const Body& body) {
  if (pieces <= 0) return;
  if (helpers_.empty() || pieces == 1) {
    for (int64_t piece = 0; piece < pieces; ++piece) body(piece, 0);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    body_ = &body;
    next_ = 0;
    pieces_ = pieces;
    failure_ = nullptr;
    ++loops_;
  }
  begun_.notify_all();
  work(0);
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [&] { return taken_ == 0 && next_ >= pieces_; });
  if (failure_) std::rethrow_exception(failure_);
}

}  // namespace nnunet::network
