/** A network of LibTorch and the weights in checkpoints. */
#pragma once

#include <map>
#include <string>

#include "trainer/arrays.h"
#include "trainer/network/unet.h"

namespace nnunet {

/**
 * Throws CoreError "checkpoint-mismatch" where one is missing (and must not be) or has another shape.
 * @param freshHeads  the segmentation heads stay as they are
 */
void copyWeights(const std::map<std::string, torch::Tensor>& stored, UNet& network, Missing missing, bool freshHeads,
                 const std::string& file);

/** Weights only, all of them. */
void loadWeights(const std::string& file, UNet& network);

}  // namespace nnunet
