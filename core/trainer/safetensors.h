/** Tensors of LibTorch in .safetensors files (arrays.h). */
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "trainer/arrays.h"
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

/** Calls body with the tensors' numbers. */
void withArrays(const std::vector<std::pair<std::string, torch::Tensor>>& tensors,
                const std::function<void(const std::vector<ArrayView>&)>& body);

/** The file's arrays as tensors of their own. */
std::map<std::string, torch::Tensor> tensorsOf(const ArrayFile& file);

}  // namespace nnunet
