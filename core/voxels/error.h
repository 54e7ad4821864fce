// What the kernels throw. `code` is stable and kebab-case; the message is for a person.
#pragma once

#include <stdexcept>
#include <string>

namespace nnunet::voxels {

class VoxelError : public std::runtime_error {
 public:
  VoxelError(std::string code, const std::string& message) : std::runtime_error(message), code_(std::move(code)) {}
  const std::string& code() const { return code_; }

 private:
  std::string code_;
};

/// Thrown by a kernel whose RunOptions::cancel was set; its outputs are then unspecified.
class Cancelled : public VoxelError {
 public:
  Cancelled() : VoxelError("cancelled", "The operation was cancelled") {}
};

}  // namespace nnunet::voxels
