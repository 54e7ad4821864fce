#include "trainer/data/loader.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "trainer/data/sampler.h"

namespace nnunet::data {
namespace {

// A batch in the making. All members but the samples' values are guarded by the loader's mutex.
struct Work {
  std::unique_ptr<Batch> batch;
  int started = 0, finished = 0;
  std::exception_ptr error;

  bool startable() const { return started < batch->batchSize && !error; }
  bool done() const { return error || finished == batch->batchSize; }
};

}  // namespace

struct BatchLoader::State {
  LoaderSettings settings;
  Sampler sampler;
  std::mutex mutex;
  std::condition_variable workCame, workDone;
  std::deque<std::shared_ptr<Work>> queue;  // in the order that next() is expected to ask
  std::vector<std::unique_ptr<Batch>> spare;
  augment::Workspace workspace;  // of next() itself, if there are no threads
  bool stopping = false;
  std::vector<std::thread> threads;

  explicit State(LoaderSettings given) : settings(std::move(given)), sampler(settings) {
    try {
      for (int i = 0; i < settings.threads; ++i) threads.emplace_back([this] { work(); });
    } catch (...) {
      stop();
      throw;
    }
  }

  ~State() { stop(); }

  void stop() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    workCame.notify_all();
    for (auto& thread : threads) thread.join();
  }

  void work() {
    augment::Workspace own;
    std::unique_lock lock(mutex);
    while (true) {
      std::shared_ptr<Work> work;
      workCame.wait(lock, [&] {
        if (stopping) return true;
        const auto found = std::ranges::find_if(queue, [](const auto& item) { return item->startable(); });
        if (found != queue.end()) work = *found;
        return work != nullptr;
      });
      if (stopping) return;
      const int index = work->started++;
      lock.unlock();
      std::exception_ptr error;
      try {
        sampler.make(*work->batch, index, own);
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();
      ++work->finished;
      if (error && !work->error) work->error = error;
      if (work->done()) workDone.notify_all();
    }
  }

  std::unique_ptr<Batch> prepared(int epoch, int iteration) {
    std::unique_ptr<Batch> batch;
    if (spare.empty()) {
      batch = std::make_unique<Batch>();
    } else {
      batch = std::move(spare.back());
      spare.pop_back();
    }
    sampler.prepare(*batch, epoch, iteration);
    return batch;
  }

  void enqueue(int epoch, int iteration) {
    auto work = std::make_shared<Work>();
    work->batch = prepared(epoch, iteration);
    queue.push_back(std::move(work));
    workCame.notify_all();
  }

  void enqueueFollowing() {
    int epoch = queue.back()->batch->epoch, iteration = queue.back()->batch->iteration + 1;
    if (settings.iterationsPerEpoch > 0 && iteration >= settings.iterationsPerEpoch) ++epoch, iteration = 0;
    enqueue(epoch, iteration);
  }
};

BatchLoader::BatchLoader(LoaderSettings settings) : state_(std::make_unique<State>(std::move(settings))) {}
BatchLoader::~BatchLoader() = default;

std::unique_ptr<Batch> BatchLoader::next(int epoch, int iteration) {
  State& s = *state_;
  std::unique_lock lock(s.mutex);
  if (s.threads.empty()) {
    auto batch = s.prepared(epoch, iteration);
    lock.unlock();
    for (int i = 0; i < batch->batchSize; ++i) s.sampler.make(*batch, i, s.workspace);
    return batch;
  }
  // What comes before the batch asked for will not be asked for any more. Threads may still be busy with it.
  while (!s.queue.empty() && (s.queue.front()->batch->epoch != epoch || s.queue.front()->batch->iteration != iteration))
    s.queue.pop_front();
  if (s.queue.empty()) s.enqueue(epoch, iteration);
  while (static_cast<int>(s.queue.size()) <= s.settings.prefetch) s.enqueueFollowing();

  const auto work = s.queue.front();
  s.workDone.wait(lock, [&] { return work->done(); });
  s.queue.pop_front();
  if (work->error) std::rethrow_exception(work->error);
  return std::move(work->batch);
}

void BatchLoader::recycle(std::unique_ptr<Batch> batch) {
  if (!batch) return;
  const std::lock_guard lock(state_->mutex);
  if (static_cast<int>(state_->spare.size()) <= state_->settings.prefetch) state_->spare.push_back(std::move(batch));
}

int BatchLoader::channels() const {
  return state_->sampler.channels();
}
const LoaderSettings& BatchLoader::settings() const {
  return state_->settings;
}

}  // namespace nnunet::data
