/** A file that is either whole or not there: written under a temporary name, synced, then renamed. */
#pragma once

#include <cstddef>
#include <string>

namespace nnunet {

class AtomicFile {
 public:
  /** Throws CoreError "write-failed", here and below, naming the final file and what to do. */
  explicit AtomicFile(std::string file);
  /** Removes the temporary file unless `commit` was called. */
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;

  void write(const void* data, size_t bytes);
  void commit();

 private:
  [[noreturn]] void fail(const std::string& action) const;
  std::string file_, temporary_;
  int descriptor_;
};

}  // namespace nnunet
