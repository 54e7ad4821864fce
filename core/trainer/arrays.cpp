#include "trainer/arrays.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "trainer/atomic_file.h"
#include "voxels/element_count.h"

namespace nnunet {
namespace {

const std::map<std::string, int64_t> kBytes{{"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2},
                                            {"I64", 8}, {"I32", 4}, {"I16", 2}, {"U8", 1}};

CoreError damaged(const std::string& file, const std::string& problem) {
  return {"bad-checkpoint", "The checkpoint cannot be read: " + problem, "Use another checkpoint, or train again.",
          file};
}

/** A file descriptor that closes itself. */
struct Descriptor {
  int value;
  explicit Descriptor(int value) : value(value) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
};

/** As in the reference implementation. */
constexpr uint64_t maxHeaderBytes = 100'000'000;

/** Reads instead of mapping: a file that is cut off meanwhile is an error, not the end of the process. */
void readAt(const Descriptor& descriptor, const std::string& file, uint64_t position, void* target, uint64_t bytes) {
  auto* to = static_cast<char*>(target);
  while (bytes > 0) {
    const ssize_t got = ::pread(descriptor.value, to, bytes, static_cast<off_t>(position));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw damaged(file, std::strerror(errno));
    if (got == 0) throw damaged(file, "it is cut off");
    to += got;
    position += static_cast<uint64_t>(got);
    bytes -= static_cast<uint64_t>(got);
  }
}

/** Whole numbers of at least 0; anything else is nothing. */
std::optional<std::vector<int64_t>> sizesOf(const nlohmann::json& list) {
  if (!list.is_array()) return std::nullopt;
  std::vector<int64_t> sizes;
  for (const auto& size : list) {
    if (!size.is_number_unsigned() || size.get<uint64_t>() > std::numeric_limits<int64_t>::max()) return std::nullopt;
    sizes.push_back(size.get<int64_t>());
  }
  return sizes;
}

}  // namespace

std::map<std::string, std::string> readArraysInto(const std::string& file, const PlaceArray& place) {
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status{};
  if (descriptor.value < 0 || ::fstat(descriptor.value, &status) != 0) throw damaged(file, std::strerror(errno));
  const auto size = static_cast<uint64_t>(status.st_size);
  if (size < 8) throw damaged(file, "it is too short");
  uint64_t headerSize = 0;
  readAt(descriptor, file, 0, &headerSize, 8);
  if (headerSize > std::min(size - 8, maxHeaderBytes)) throw damaged(file, "its header is longer than the file");
  std::string text(headerSize, '\0');
  readAt(descriptor, file, 8, text.data(), headerSize);
  const auto header = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!header.is_object()) throw damaged(file, "its header is not JSON");
  const auto dataSize = static_cast<int64_t>(size - 8 - headerSize);

  std::map<std::string, std::string> metadata;
  try {
    for (const auto& [name, entry] : header.items()) {
      if (name == "__metadata__") {
        metadata = entry.get<std::map<std::string, std::string>>();
        continue;
      }
      const auto typeName = entry.at("dtype").get<std::string>();
      const auto type = kBytes.find(typeName);
      if (type == kBytes.end()) throw damaged(file, "the tensor type " + typeName + " is unknown");
      const auto shape = sizesOf(entry.at("shape")), offsets = sizesOf(entry.at("data_offsets"));
      const auto count = shape ? voxels::elementCount(*shape) : std::nullopt;
      if (!count || !offsets || offsets->size() != 2) throw damaged(file, "the tensor " + name + " has no shape");
      // Nothing is allocated before its bytes are known to be there.
      const int64_t begin = offsets->front(), end = offsets->back();
      const int64_t bytes = *count * type->second;
      if (begin > end || end > dataSize || end - begin != bytes)
        throw damaged(file, "the tensor " + name + " lies outside the file");
      std::byte* target = place(name, typeName, *shape);
      if (bytes > 0)
        readAt(descriptor, file, 8 + headerSize + static_cast<uint64_t>(begin), target, static_cast<uint64_t>(bytes));
    }
  } catch (const nlohmann::json::exception& error) {
    throw damaged(file, error.what());
  }
  return metadata;
}

ArrayFile readArrays(const std::string& file) {
  ArrayFile result;
  result.metadata = readArraysInto(file, [&](const std::string& name, const std::string& type, const auto& shape) {
    Array& array = result.arrays[name];
    array.type = type;
    array.shape = shape;
    array.bytes.resize(static_cast<size_t>(*voxels::elementCount(shape) * kBytes.at(type)));
    return array.bytes.data();
  });
  return result;
}

CoreError weightMismatch(const std::string& file, const std::string& problem, const std::string& name) {
  return {"checkpoint-mismatch", "The checkpoint " + problem + " " + name,
          "It belongs to other plans or another configuration: use the plans it was trained with.", file};
}

void writeArrays(const std::string& file, const std::vector<ArrayView>& arrays,
                 const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header;
  if (!metadata.empty()) header["__metadata__"] = metadata;
  uint64_t offset = 0;
  for (const auto& array : arrays) {
    header[array.name] = {
        {"dtype", array.type}, {"shape", array.shape}, {"data_offsets", {offset, offset + array.bytes.size()}}};
    offset += array.bytes.size();
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const uint64_t headerSize = text.size();

  AtomicFile out(file);
  out.write(&headerSize, 8);
  out.write(text.data(), text.size());
  for (const auto& array : arrays) out.write(array.bytes.data(), array.bytes.size());
  out.commit();
}

}  // namespace nnunet
