#include "trainer/device.h"

#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

namespace nnunet {
namespace {

/** Loads the CUDA half of LibTorch, which registers itself. @returns why it could not be loaded, or nothing. */
std::string loadCudaLibrary() {
  static const std::string problem = [] {
    const char* folder = std::getenv("NNUNET_CUDA_TORCH");
    const std::string library = folder ? std::string(folder) + "/libtorch_cuda.so" : "libtorch_cuda.so";
    if (::dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL) != nullptr) return std::string();
    const char* error = ::dlerror();
    return std::string(error ? error : "unknown error");
  }();
  return problem;
}

/** Why CUDA cannot be used, or nothing where it can. */
std::optional<CoreError> cudaProblem() {
  const std::string problem = loadCudaLibrary();
  if (problem.empty() && torch::cuda::is_available()) return {};
  return CoreError("device-missing",
                   problem.empty() ? "No CUDA device was found"
                                   : "The CUDA library of LibTorch could not be loaded (" + problem + ")",
                   "Set NNUNET_CUDA_TORCH to the lib folder of a LibTorch " + std::string(TORCH_VERSION) +
                       " with CUDA, or use --device cpu.");
}

/** Where NVIDIA's driver is installed, people expect that the GPU works for them. */
bool hasCudaDriver() {
  return ::access("/dev/nvidia0", F_OK) == 0 || ::dlopen("libcuda.so.1", RTLD_LAZY) != nullptr;
}

bool cpuHas(const char* feature) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (std::string(feature) == "avx512bf16") return __builtin_cpu_supports("avx512bf16");
  if (std::string(feature) == "amx") return __builtin_cpu_supports("amx-tile");
#endif
  (void)feature;
  return false;
}

}  // namespace

torch::Device chooseDevice(const std::string& requested) {
  if (requested == "cpu") return torch::kCPU;
  const bool automatic = requested == "auto";
  if (automatic || requested == "cuda" || requested.starts_with("cuda:")) {
    const auto problem = cudaProblem();
    if (!problem) return torch::Device(automatic ? "cuda" : requested);
    if (!automatic) throw *problem;
  }
  if (automatic || requested == "mps") {
    if (torch::mps::is_available()) return torch::kMPS;
    if (!automatic) throw CoreError("device-missing", "No Apple GPU (MPS) was found", "Use --device cpu.");
  }
  if (automatic) {
    if (const auto problem = unusedGpu())
      emitWarning("gpu-not-used", "The processor is used, although NVIDIA's driver is installed: " +
                                      std::string(problem->what()) + ". " + problem->hint);
    return torch::kCPU;
  }
  throw CoreError("device-unknown", "The device \"" + requested + "\" is unknown",
                  "Use auto, cpu, cuda, cuda:N or mps.");
}

std::optional<CoreError> unusedGpu() {
  return hasCudaDriver() ? cudaProblem() : std::nullopt;
}

std::vector<std::string> availableDevices() {
  std::vector<std::string> devices;
  if (!cudaProblem())
    for (int i = 0; i < torch::cuda::device_count(); ++i) devices.push_back("cuda:" + std::to_string(i));
  if (torch::mps::is_available()) devices.push_back("mps");
  devices.push_back("cpu");
  return devices;
}

Precision automaticPrecision(Use use, torch::DeviceType type, bool hasMatrixUnits) {
  if (use == Use::prediction) return Precision::fp32;
  if (type == torch::kCUDA) return Precision::fp16;
  return type == torch::kCPU && hasMatrixUnits ? Precision::bf16 : Precision::fp32;
}

Precision choosePrecision(const std::string& requested, Use use, torch::Device device) {
  if (requested == "fp32") return Precision::fp32;
  if (requested == "auto") return automaticPrecision(use, device.type(), cpuHas("amx"));
  if (requested == "bf16") {
    if (device.is_cuda() || (device.is_cpu() && (cpuHas("avx512bf16") || cpuHas("amx")))) return Precision::bf16;
    throw CoreError("precision-unsupported", "This device has no bf16 arithmetic", "Use --precision auto or fp32.");
  }
  if (requested == "fp16") {
    if (device.is_cuda()) return Precision::fp16;
    throw CoreError("precision-unsupported", "fp16 with gradient scaling needs a CUDA device",
                    "Use --precision auto or fp32.");
  }
  throw CoreError("precision-unknown", "The precision \"" + requested + "\" is unknown",
                  "Use auto, fp32, bf16 or fp16.");
}

std::string nameOf(Precision precision) {
  return precision == Precision::fp32 ? "fp32" : precision == Precision::bf16 ? "bf16" : "fp16";
}

std::vector<std::string> availablePrecisions() {
  std::vector<std::string> result{"fp32"};
  const bool cuda = !cudaProblem();
  if (cuda || cpuHas("avx512bf16") || cpuHas("amx")) result.push_back("bf16");
  if (cuda) result.push_back("fp16");
  return result;
}

AutocastScope::AutocastScope(Precision precision, torch::Device device)
    : active_(precision != Precision::fp32), type_(device.type()) {
  if (!active_) return;
  at::autocast::set_autocast_enabled(type_, true);
  at::autocast::set_autocast_dtype(type_, precision == Precision::bf16 ? torch::kBFloat16 : torch::kHalf);
  at::autocast::increment_nesting();
}

AutocastScope::~AutocastScope() {
  if (!active_) return;
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(type_, false);
}

Float32Scope::Float32Scope(torch::Device device)
    : type_(device.type()), wasEnabled_(at::autocast::is_autocast_enabled(type_)) {
  if (wasEnabled_) at::autocast::set_autocast_enabled(type_, false);
}

Float32Scope::~Float32Scope() {
  if (wasEnabled_) at::autocast::set_autocast_enabled(type_, true);
}

int useThreads(int requested) {
  const int threads = requested > 0 ? requested : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  at::set_num_threads(threads);
  return threads;
}

}  // namespace nnunet
