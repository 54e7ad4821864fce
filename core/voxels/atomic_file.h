// A file that is either whole or not there: written under a temporary name, synced, renamed, and its folder synced.
#pragma once

#include <cstddef>
#include <string>

#include "voxels/error.h"

namespace nnunet::voxels {

/// What the disk refused; `code` is the system's name of the error ("ENOSPC", "EACCES", ...), EIO where it is a rare
/// one.
class FileError : public VoxelError {
 public:
  FileError(int number, const std::string& action, std::string file);
  const std::string& file() const { return file_; }
  bool isFull() const;

 private:
  std::string file_;
};

class AtomicFile {
 public:
  /// Throws FileError, here and below, naming the final file.
  explicit AtomicFile(std::string file);
  /// Removes the temporary file unless `commit` was called.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* data, size_t bytes);
  void commit();

 private:
  [[noreturn]] void fail(const std::string& action) const;
  std::string file_, temporary_;
  int descriptor_;
};

}  // namespace nnunet::voxels
