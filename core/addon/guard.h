// Every way into the addon goes through here: what C++ throws becomes an error of JavaScript with a code. Anything else
// would end the process that loaded the addon.
#pragma once

#include <napi.h>

#include <new>
#include <stdexcept>
#include <string>

#include "voxels/error.h"

namespace nnunet::addon {

inline Napi::Error errorOf(Napi::Env env, const std::string& code, const std::string& message) {
  auto error = Napi::Error::New(env, message);
  error.Value().Set("code", Napi::String::New(env, code));
  return error;
}

/// @returns what `body` returns @throws Napi::Error only
template <class Body>
auto guarded(Napi::Env env, Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const Napi::Error&) {
    throw;
  } catch (const voxels::VoxelError& error) {
    throw errorOf(env, error.code(), error.what());
  } catch (const std::bad_alloc&) {
    throw errorOf(env, "out-of-memory", "Not enough memory");
  } catch (const std::length_error&) {
    throw errorOf(env, "out-of-memory", "Not enough memory");  // more elements than a vector can count
  } catch (const std::exception& error) {
    throw errorOf(env, "unexpected", error.what());
  } catch (...) {
    throw errorOf(env, "unexpected", "The voxel library failed");
  }
}

/// Adds `function` (CallbackInfo -> a value of JavaScript or nothing) to the addon.
template <class Function>
void addFunction(Napi::Env env, Napi::Object exports, const char* name, Function function) {
  exports.Set(name, Napi::Function::New(
                        env,
                        [function](const Napi::CallbackInfo& info) {
                          return guarded(info.Env(), [&] { return function(info); });
                        },
                        name));
}

}  // namespace nnunet::addon
