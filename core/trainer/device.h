/** Which device and number format the network runs in. */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trainer/events.h"
#include "trainer/torch.h"

namespace nnunet {

/**
 * "auto" takes CUDA, then MPS, then the CPU; it warns where it takes the CPU although NVIDIA's driver is installed.
 * CUDA needs libtorch_cuda.so of this LibTorch's version, which is loaded here: from $NNUNET_CUDA_TORCH (a folder with
 * torch's lib), else from beside the CPU library. Throws CoreError "device-missing", saying what is missing and where
 * it was looked for.
 */
torch::Device chooseDevice(const std::string& requested);

/** Why CUDA is not used although NVIDIA's driver is installed; nothing where there is no driver, or where it is used.
 */
std::optional<CoreError> unusedGpu();

/** The devices that "auto" would find, by name. Never throws. */
std::vector<std::string> availableDevices();

enum class Precision { fp32, bf16, fp16 };

/** What the network is run for: masks must not depend on the machine, while training averages over noise anyway. */
enum class Use { training, prediction };

/**
 * What "auto" means. Prediction: fp32, on every device. Training: fp16 on CUDA; on the CPU bf16 where it has matrix
 * units for it (AMX), else fp32: AVX512-BF16 alone multiplies at half the rate of float32 on the CPUs measured, and our
 * float32 convolutions need a third of the multiplications.
 */
Precision automaticPrecision(Use use, torch::DeviceType type, bool hasMatrixUnits);

/** Throws CoreError "precision-unsupported". */
Precision choosePrecision(const std::string& requested, Use use, torch::Device device);
std::string nameOf(Precision precision);
std::vector<std::string> availablePrecisions();

/**
 * Runs what follows in mixed precision until it goes out of scope. Does nothing for fp32. Heads, losses and sums leave
 * it again (Float32Scope): half of bf16's digits would be lost in each of them.
 */
class AutocastScope {
 public:
  AutocastScope(Precision precision, torch::Device device);
  ~AutocastScope();
  AutocastScope(const AutocastScope&) = delete;

 private:
  bool active_;
  torch::DeviceType type_;
};

/** Takes what follows out of mixed precision until it goes out of scope. */
class Float32Scope {
 public:
  explicit Float32Scope(torch::Device device);
  ~Float32Scope();
  Float32Scope(const Float32Scope&) = delete;

 private:
  torch::DeviceType type_;
  bool wasEnabled_;
};

/** Threads for the network: `requested`, or all cores for 0. (LibTorch by itself takes half of them.) */
int useThreads(int requested);

}  // namespace nnunet
