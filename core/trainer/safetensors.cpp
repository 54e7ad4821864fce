#include "trainer/safetensors.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "trainer/atomic_file.h"
#include "trainer/events.h"

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

}  // namespace

SafetensorsFile readSafetensors(const std::string& file) {
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.value < 0) throw damaged(file, std::strerror(errno));
  struct stat status{};
  ::fstat(descriptor.value, &status);
  const auto size = static_cast<uint64_t>(status.st_size);
  if (size < 8) throw damaged(file, "it is too short");
  void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.value, 0);
  if (mapped == MAP_FAILED) throw damaged(file, std::strerror(errno));
  const std::shared_ptr<void> mapping(mapped, [size](void* address) { ::munmap(address, size); });
  const char* bytes = static_cast<const char*>(mapped);

  uint64_t headerSize = 0;
  std::memcpy(&headerSize, bytes, 8);
  if (headerSize > size - 8) throw damaged(file, "its header is longer than the file");
  const auto header = nlohmann::json::parse(bytes + 8, bytes + 8 + headerSize, nullptr, /*allow_exceptions=*/false);
  if (!header.is_object()) throw damaged(file, "its header is not JSON");
  const char* data = bytes + 8 + headerSize;
  const uint64_t dataSize = size - 8 - headerSize;

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
      const auto shape = entry.at("shape").get<std::vector<int64_t>>();
      const auto offsets = entry.at("data_offsets").get<std::vector<uint64_t>>();
      auto tensor = torch::empty(shape, type->second);
      if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > dataSize ||
          offsets[1] - offsets[0] != tensor.nbytes())
        throw damaged(file, "the tensor " + name + " lies outside the file");
      if (tensor.nbytes() > 0) std::memcpy(tensor.mutable_data_ptr(), data + offsets[0], tensor.nbytes());
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
