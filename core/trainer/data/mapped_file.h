/**
 * A file in memory, read from disk when it is touched.
 *
 * Another program may cut the file off meanwhile (a copy in place, a full disk, a lost network share). Touching what is
 * gone would end the process by SIGBUS; here it gives zeros, and `requireWhole` tells afterwards.
 */
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace nnunet::data {

class MappedFile {
 public:
  /** Throws CoreError, which names the file, where it is missing, unreadable, empty or no file. */
  static std::shared_ptr<const MappedFile> open(const std::string& path);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::string_view bytes() const { return {static_cast<const char*>(memory_), size_}; }

  /** Throws CoreError if the file was cut off since it was opened: call after reading, before the values are used. */
  void requireWhole() const;

 private:
  MappedFile() = default;
  std::string path_;
  void* memory_ = nullptr;
  size_t size_ = 0;
  size_t watch_ = 0;  // its place among the watched mappings
  unsigned long long device_ = 0, inode_ = 0;
};

}  // namespace nnunet::data
