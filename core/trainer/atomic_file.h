/** A file that is either whole or not there, whose errors are the core's own. */
#pragma once

#include <cstddef>
#include <string>

#include "voxels/atomic_file.h"

namespace nnunet {

class AtomicFile {
 public:
  /** Throws CoreError "write-failed", here and below, naming the final file and what to do. */
  explicit AtomicFile(const std::string& file);

  void write(const void* data, size_t bytes);
  void commit();

 private:
  voxels::AtomicFile file_;
};

}  // namespace nnunet
