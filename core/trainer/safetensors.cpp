#include "trainer/safetensors.h"

#include <algorithm>

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

torch::ScalarType typeNamed(const std::string& name) {
  return std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& known) { return known.first == name; })->second;
}

}  // namespace

SafetensorsFile readSafetensors(const std::string& file) {
  SafetensorsFile result;
  result.metadata = readArraysInto(file, [&](const std::string& name, const std::string& type, const auto& shape) {
    auto tensor = torch::empty(shape, typeNamed(type));
    auto* memory = static_cast<std::byte*>(tensor.mutable_data_ptr());
    result.tensors.emplace(name, std::move(tensor));
    return memory;
  });
  return result;
}

void withArrays(const std::vector<std::pair<std::string, torch::Tensor>>& tensors,
                const std::function<void(const std::vector<ArrayView>&)>& body) {
  std::vector<torch::Tensor> onCpu;
  std::vector<ArrayView> arrays;
  for (const auto& [name, tensor] : tensors) {
    onCpu.push_back(tensor.detach().to(torch::kCPU).contiguous());
    arrays.push_back({name,
                      nameOf(tensor.scalar_type()),
                      tensor.sizes().vec(),
                      {static_cast<const std::byte*>(onCpu.back().const_data_ptr()), onCpu.back().nbytes()}});
  }
  body(arrays);
}

void writeSafetensors(const std::string& file, const std::vector<std::pair<std::string, torch::Tensor>>& tensors,
                      const std::map<std::string, std::string>& metadata) {
  withArrays(tensors, [&](const std::vector<ArrayView>& arrays) { writeArrays(file, arrays, metadata); });
}

std::map<std::string, torch::Tensor> tensorsOf(const ArrayFile& file) {
  std::map<std::string, torch::Tensor> tensors;
  for (const auto& [name, array] : file.arrays)
    tensors.emplace(
        name, torch::from_blob(const_cast<std::byte*>(array.bytes.data()), array.shape, typeNamed(array.type)).clone());
  return tensors;
}

}  // namespace nnunet
