/** LibTorch, as every file of the trainer sees it: tensors, autograd and devices, without modules, data and optimizers.
 */
#pragma once

#include <torch/csrc/autograd/custom_function.h>
#include <torch/cuda.h>
#include <torch/mps.h>
#include <torch/types.h>
#include <torch/utils.h>
#include <torch/version.h>
