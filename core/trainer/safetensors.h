/**
 * Reading and writing .safetensors: an 8-byte header length, a JSON header, raw little-endian tensors.
 * Source: the safetensors format description (huggingface/safetensors).
 */
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "trainer/torch.h"

namespace nnunet {

struct SafetensorsFile {
  std::map<std::string, torch::Tensor> tensors;  ///< on the CPU
  std::map<std::string, std::string> metadata;   ///< `__metadata__`
};

/** Throws CoreError "bad-checkpoint" naming the file and what is wrong with it. */
SafetensorsFile readSafetensors(const std::string& file);

/** Writes to a temporary name, syncs, renames: the file is whole or as it was. Throws CoreError "write-failed". */
void writeSafetensors(const std::string& file, const std::vector<std::pair<std::string, torch::Tensor>>& tensors,
                      const std::map<std::string, std::string>& metadata);

}  // namespace nnunet
