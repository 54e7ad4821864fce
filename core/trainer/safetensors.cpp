#include "trainer/safetensors.h"

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
#include "trainer/events.h"
#include "voxels/element_count.h"

namespace nnunet {
namespace {

const std::vector<std::pair<std::string, torch::ScalarType>> kTypes{
    {"F64", torch::kDouble}, {"F32", torch::kFloat}, {"F16", torch::kHalf},  {"BF16", torch::kBFloat16},
    {"I64", torch::kLong},   {"I32", torch::kInt},   {"I16", torch::kShort}, {"U8", torch::kByte}};

std::string nameOf(torch::ScalarType type) {
  for (const auto& [name, known] : kTypes)
    if (known == type) return name;
  throw std::logic_error("a tensor type that checkpoints do not hold");
}

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

SafetensorsFile readSafetensors(const std::string& file) {
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

  SafetensorsFile result;
  try {
    for (const auto& [name, entry] : header.items()) {
      if (name == "__metadata__") {
        result.metadata = entry.get<std::map<std::string, std::string>>();
        continue;
      }
      const auto typeName = entry.at("dtype").get<std::string>();
      const auto type =
          std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& known) { return known.first == typeName; });
      if (type == kTypes.end()) throw damaged(file, "the tensor type " + typeName + " is unknown");
      const auto shape = sizesOf(entry.at("shape")), offsets = sizesOf(entry.at("data_offsets"));
      const auto count = shape ? voxels::elementCount(*shape) : std::nullopt;
      if (!count || !offsets || offsets->size() != 2) throw damaged(file, "the tensor " + name + " has no shape");
      // Nothing is allocated before its bytes are known to be there.
      const int64_t begin = offsets->front(), end = offsets->back();
      const int64_t bytes = *count * static_cast<int64_t>(c10::elementSize(type->second));
      if (begin > end || end > dataSize || end - begin != bytes)
        throw damaged(file, "the tensor " + name + " lies outside the file");
      auto tensor = torch::empty(*shape, type->second);
      if (bytes > 0)
        readAt(descriptor, file, 8 + headerSize + static_cast<uint64_t>(begin), tensor.mutable_data_ptr(),
               static_cast<uint64_t>(bytes));
      result.tensors.emplace(name, std::move(tensor));
    }
  } catch (const nlohmann::json::exception& error) {
    throw damaged(file, error.what());
  }
  return result;
}

void writeSafetensors(const std::string& file, const std::vector<std::pair<std::string, torch::Tensor>>& tensors,
                      const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header;
  if (!metadata.empty()) header["__metadata__"] = metadata;
  uint64_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    header[name] = {{"dtype", nameOf(tensor.scalar_type())},
                    {"shape", tensor.sizes().vec()},
                    {"data_offsets", {offset, offset + tensor.nbytes()}}};
    offset += tensor.nbytes();
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const uint64_t headerSize = text.size();

  AtomicFile out(file);
  out.write(&headerSize, 8);
  out.write(text.data(), text.size());
  for (const auto& [name, tensor] : tensors) {
    const auto onCpu = tensor.detach().to(torch::kCPU).contiguous();
    out.write(onCpu.const_data_ptr(), onCpu.nbytes());
  }
  out.commit();
}

}  // namespace nnunet
