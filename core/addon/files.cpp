#include <memory>
#include <optional>

#include "addon/arguments.h"
#include "addon/functions.h"
#include "addon/guard.h"
#include "addon/job.h"
#include "voxels/atomic_file.h"

namespace nnunet::addon {

namespace {

using namespace voxels;

struct FileToWrite {
  std::string path;
  std::vector<std::span<const std::byte>> parts;
};

FileToWrite fileOf(const Napi::Value& value) {
  if (!value.IsObject()) throwTypeError(value, "a file must be an object");
  const auto object = value.As<Napi::Object>();
  const Napi::Value path = object.Get("path");
  const Napi::Value parts = object.Get("parts");
  if (!path.IsString() || !parts.IsArray()) throwTypeError(value, "a file must have a path and parts");
  FileToWrite file{path.As<Napi::String>().Utf8Value(), {}};
  for (uint32_t i = 0; i < parts.As<Napi::Array>().Length(); ++i) {
    const Napi::Value part = parts.As<Napi::Array>().Get(i);
    if (!part.IsTypedArray()) throwTypeError(part, "a part must be a typed array");
    const auto array = part.As<Napi::TypedArray>();
    const auto* start = static_cast<const std::byte*>(array.ArrayBuffer().Data()) + array.ByteOffset();
    file.parts.emplace_back(start, array.ByteLength());
  }
  return file;
}

/// writeFiles([{path, parts: typed arrays}], run) -> null, or {path, code, message} of the first that could not be
/// written: those before it are there, it and those after it are not.
Napi::Value writeFilesOf(const Napi::CallbackInfo& info) {
  if (!info[0].IsArray()) throwTypeError(info[0], "files must be an array");
  const auto list = info[0].As<Napi::Array>();
  std::vector<FileToWrite> files;
  for (uint32_t i = 0; i < list.Length(); ++i) files.push_back(fileOf(list.Get(i)));
  auto failure = std::make_shared<std::optional<FileError>>();
  return startJob(
      info,
      [=](const RunOptions& run) {
        try {
          for (const auto& [path, parts] : files) {
            run.throwIfCancelled();
            AtomicFile file(path);
            for (const auto& part : parts) file.write(part.data(), part.size());
            file.commit();
          }
        } catch (const FileError& error) {
          *failure = error;
        }
      },
      [=](Napi::Env env) -> Napi::Value {
        if (!*failure) return env.Null();
        auto value = Napi::Object::New(env);
        value.Set("path", (*failure)->file());
        value.Set("code", (*failure)->code());
        value.Set("message", (*failure)->what());
        return value;
      });
}

}  // namespace

void addFiles(Napi::Env env, Napi::Object exports) {
  addFunction(env, exports, "writeFiles", writeFilesOf);
}

}  // namespace nnunet::addon
