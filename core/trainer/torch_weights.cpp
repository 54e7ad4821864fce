#include "trainer/torch_weights.h"

#include "trainer/safetensors.h"

namespace nnunet {

void copyWeights(const std::map<std::string, torch::Tensor>& stored, UNet& network, Missing missing, bool freshHeads,
                 const std::string& file) {
  torch::NoGradGuard noGrad;
  for (const auto* list : {&network.parameters(), &network.buffers()})
    for (const auto& entry : *list) {
      if (freshHeads && entry.name.find(".seg_layers.") != std::string::npos) continue;
      const auto found = stored.find(entry.name);
      if (found == stored.end() && missing == Missing::left) continue;
      if (found == stored.end()) throw weightMismatch(file, "lacks the weight", entry.name);
      if (found->second.sizes() != entry.tensor.sizes())
        throw weightMismatch(file, "has another shape for", entry.name);
      entry.tensor.copy_(found->second);
    }
}

void loadWeights(const std::string& file, UNet& network) {
  copyWeights(readSafetensors(file).tensors, network, Missing::refused, false, file);
}

}  // namespace nnunet
