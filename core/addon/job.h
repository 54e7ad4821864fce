// One asynchronous call: computes on a thread of the pool while the arguments are kept alive, then settles a promise.
#pragma once

#include <napi.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "addon/arguments.h"
#include "voxels/parallel.h"

namespace nnunet::addon {

/// Runs off the JS thread; must not touch JS values.
using Compute = std::function<void(const voxels::RunOptions& run)>;
/// Runs on the JS thread after a successful computation and makes the promise's value.
using Finish = std::function<Napi::Value(Napi::Env env)>;

/// Starts a job for a call whose last argument is {threads, cancellation} or absent. The typed arrays among the
/// arguments must not be detached before the promise is settled. Errors carry `code`.
Napi::Value startJob(const Napi::CallbackInfo& info, Compute compute, Finish finish);

/// JS: newCancellation() -> object; cancel(object) stops the jobs that got it.
Napi::Value newCancellation(const Napi::CallbackInfo& info);
void cancel(const Napi::CallbackInfo& info);

/// A zeroed buffer. N-API's own call ends the process where there is no memory. @throws std::bad_alloc
Napi::ArrayBuffer newArrayBuffer(Napi::Env env, size_t bytes);

/// A zeroed typed array for a result whose size is known beforehand: the job writes into it directly.
template <class Element>
struct Output {
  Output(Napi::Env env, int64_t size)
      : array(Napi::TypedArrayOf<Element>::New(env, static_cast<size_t>(size),
                                               newArrayBuffer(env, static_cast<size_t>(size) * sizeof(Element)), 0)),
        kept(std::make_shared<Napi::ObjectReference>(Napi::Persistent(array.template As<Napi::Object>()))),
        values(array.Data(), array.ElementLength()) {}
  Napi::TypedArrayOf<Element> array;
  std::shared_ptr<Napi::ObjectReference> kept;
  std::span<Element> values;
};

/// A buffer that takes over `values`; copied where the host forbids memory from outside (Electron).
Napi::ArrayBuffer adoptBytes(Napi::Env env, void* data, size_t bytes, std::function<void()> release);

template <class Element>
Napi::Value adopt(Napi::Env env, std::vector<Element>&& values) {
  auto* owned = new std::vector<Element>(std::move(values));
  const size_t count = owned->size();
  const Napi::ArrayBuffer buffer = adoptBytes(env, owned->data(), count * sizeof(Element), [owned] { delete owned; });
  return Napi::TypedArrayOf<Element>::New(env, count, buffer, 0);
}

}  // namespace nnunet::addon
