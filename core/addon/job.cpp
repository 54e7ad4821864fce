#include "addon/job.h"

#include <cstring>
#include <exception>
#include <new>

#include "addon/guard.h"

namespace nnunet::addon {

namespace {

using Flag = std::shared_ptr<std::atomic<bool>>;
const napi_type_tag kCancellationTag = {0x6e6e756e65740001ULL, 0x63616e63656c0001ULL};

Flag flagOf(const Napi::Value& value) {
  if (!value.IsExternal() || !value.As<Napi::External<Flag>>().CheckTypeTag(&kCancellationTag)) {
    throwTypeError(value, "cancellation must come from newCancellation()");
  }
  return *value.As<Napi::External<Flag>>().Data();
}

class Job : public Napi::AsyncWorker {
 public:
  Job(const Napi::CallbackInfo& info, Compute compute, Finish finish)
      : Napi::AsyncWorker(info.Env(), "nnunet-voxels"),
        deferred_(Napi::Promise::Deferred::New(info.Env())),
        compute_(std::move(compute)),
        finish_(std::move(finish)) {
    const auto arguments = Napi::Array::New(info.Env(), info.Length());
    for (uint32_t i = 0; i < info.Length(); ++i) arguments.Set(i, info[i]);
    arguments.Set(static_cast<uint32_t>(info.Length()), info.This());
    kept_ = Napi::Persistent(arguments.As<Napi::Object>());
    const Napi::Value last = info.Length() > 0 ? info[info.Length() - 1] : info.Env().Undefined();
    if (!last.IsObject() || last.IsTypedArray() || last.IsArray()) return;
    const auto options = last.As<Napi::Object>();
    if (options.Has("threads")) {
      const Napi::Value threads = options.Get("threads");
      if (!isAbsent(threads)) run_.threads = static_cast<int>(integerOf(threads, "threads"));
    }
    if (options.Has("cancellation")) {
      const Napi::Value cancellation = options.Get("cancellation");
      if (!isAbsent(cancellation)) flag_ = flagOf(cancellation);
    }
    run_.cancel = flag_.get();
  }

  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override {
    try {
      run_.throwIfCancelled();
      compute_(run_);
    } catch (...) {
      failure_ = std::current_exception();
    }
  }

  void OnOK() override {
    const Napi::HandleScope scope(Env());
    try {
      deferred_.Resolve(guarded(Env(), [&] {
        if (failure_) std::rethrow_exception(failure_);
        return finish_(Env());
      }));
    } catch (const Napi::Error& error) {
      deferred_.Reject(error.Value());
    }
  }

 private:
  Napi::Promise::Deferred deferred_;
  Compute compute_;
  Finish finish_;
  Napi::ObjectReference kept_;
  Flag flag_;
  voxels::RunOptions run_;
  std::exception_ptr failure_;
};

}  // namespace

Napi::Value startJob(const Napi::CallbackInfo& info, Compute compute, Finish finish) {
  auto job = std::make_unique<Job>(info, std::move(compute), std::move(finish));
  const Napi::Promise promise = job->promise();
  job->Queue();
  job.release();  // deletes itself when it is done
  return promise;
}

Napi::Value newCancellation(const Napi::CallbackInfo& info) {
  auto* flag = new Flag(std::make_shared<std::atomic<bool>>(false));
  auto external = Napi::External<Flag>::New(info.Env(), flag, [](Napi::Env, Flag* held) { delete held; });
  external.TypeTag(&kCancellationTag);
  return external;
}

void cancel(const Napi::CallbackInfo& info) {
  *flagOf(info[0]) = true;
}

Napi::ArrayBuffer newArrayBuffer(Napi::Env env, size_t bytes) {
  const auto constructor = env.Global().Get("ArrayBuffer").As<Napi::Function>();
  try {
    return constructor.New({Napi::Number::New(env, static_cast<double>(bytes))}).As<Napi::ArrayBuffer>();
  } catch (const Napi::Error&) {
    throw std::bad_alloc();
  }
}

Napi::ArrayBuffer adoptBytes(Napi::Env env, void* data, size_t bytes, std::function<void()> release) {
  auto* hint = new std::function<void()>(std::move(release));
  napi_value buffer = nullptr;
  const napi_status status = napi_create_external_arraybuffer(
      env, data, bytes,
      [](napi_env, void*, void* given) {
        auto* done = static_cast<std::function<void()>*>(given);
        (*done)();
        delete done;
      },
      hint, &buffer);
  if (status == napi_ok) return {env, buffer};
  const std::unique_ptr<std::function<void()>> owned(hint);
  auto copy = newArrayBuffer(env, bytes);
  if (bytes > 0) std::memcpy(copy.Data(), data, bytes);
  (*owned)();
  return copy;
}

}  // namespace nnunet::addon
