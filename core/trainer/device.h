/** Which device and number format the network runs in. */
#pragma once

#include <string>
#include <vector>

#include "trainer/torch.h"

namespace nnunet {

/**
 * "auto" takes CUDA, then MPS, then the CPU. CUDA needs libtorch_cuda.so of this LibTorch's version, which is loaded
 * here: from $NNUNET_CUDA_TORCH (a folder with torch's lib), else from beside the CPU library. Throws CoreError
 * "device-missing", saying what is missing and where it was looked for.
 */
torch::Device chooseDevice(const std::string& requested);

/** The devices that "auto" would find, by name. Never throws. */
std::vector<std::string> availableDevices();

enum class Precision { fp32, bf16, fp16 };

/**
 * "auto": fp16 on CUDA; on the CPU bf16 where it has matrix units for it (AMX), else fp32: AVX512-BF16 alone multiplies
 * at half the rate of float32 on the CPUs measured, and our float32 convolutions need a third of the multiplications.
 * Throws CoreError "precision-unsupported".
 */
Precision choosePrecision(const std::string& requested, torch::Device device);
std::string nameOf(Precision precision);
std::vector<std::string> availablePrecisions();

/** Runs what follows in mixed precision until it goes out of scope. Does nothing for fp32. */
class AutocastScope {
 public:
  AutocastScope(Precision precision, torch::Device device);
  ~AutocastScope();
  AutocastScope(const AutocastScope&) = delete;

 private:
  bool active_;
  torch::DeviceType type_;
};

/** Threads for the network: `requested`, or all cores for 0. (LibTorch by itself takes half of them.) */
int useThreads(int requested);

}  // namespace nnunet
