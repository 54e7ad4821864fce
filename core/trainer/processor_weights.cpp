#include "trainer/processor_weights.h"

#include <bit>
#include <cstring>

#include "voxels/half.h"

namespace nnunet {
namespace {

template <class Number>
Number numberAt(const Array& array, size_t index) {
  Number number;
  std::memcpy(&number, array.bytes.data() + index * sizeof(Number), sizeof(Number));
  return number;
}

/** @returns whether the array holds floating point numbers */
bool copyFloats(const Array& array, std::span<float> target) {
  for (size_t i = 0; i < target.size(); ++i) {
    if (array.type == "F32")
      target[i] = numberAt<float>(array, i);
    else if (array.type == "F64")
      target[i] = static_cast<float>(numberAt<double>(array, i));
    else if (array.type == "F16")
      target[i] = voxels::halfToFloat(numberAt<uint16_t>(array, i));
    else if (array.type == "BF16")
      target[i] = std::bit_cast<float>(static_cast<uint32_t>(numberAt<uint16_t>(array, i)) << 16);
    else
      return false;
  }
  return true;
}

}  // namespace

void copyWeights(const ArrayFile& stored, network::Network& network, Missing missing, const LeaveOut& leaveOut,
                 const std::string& file) {
  const auto copy = [&](const network::ParameterTable& table, std::span<float> target) {
    for (const auto& parameter : table.parameters) {
      if (leaveOut && leaveOut(parameter.name)) continue;
      const auto found = stored.arrays.find(parameter.name);
      if (found == stored.arrays.end() && missing == Missing::left) continue;
      if (found == stored.arrays.end()) throw weightMismatch(file, "lacks the weight", parameter.name);
      if (found->second.shape != parameter.shape) throw weightMismatch(file, "has another shape for", parameter.name);
      if (!copyFloats(found->second, target.subspan(parameter.first, parameter.count)))
        throw weightMismatch(file, "has another type for", parameter.name);
    }
  };
  copy(network.plan().parameters, network.weights());
  copy(network.plan().runningStatistics, network.runningStatistics());
}

}  // namespace nnunet
