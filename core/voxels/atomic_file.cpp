#include "voxels/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace nnunet::voxels {

namespace {

std::string nameOf(int number) {
  switch (number) {
    case ENOSPC:
      return "ENOSPC";
    case EDQUOT:
      return "EDQUOT";
    case EACCES:
      return "EACCES";
    case EPERM:
      return "EPERM";
    case EROFS:
      return "EROFS";
    case ENOENT:
      return "ENOENT";
    case ENOTDIR:
      return "ENOTDIR";
    case EISDIR:
      return "EISDIR";
    default:
      return "EIO";
  }
}

/// Hidden, so that a folder's reader never takes it for a finished file; another one for every file and process.
std::string temporaryName(const std::string& file) {
  static std::atomic<unsigned> count{0};
  const size_t name = file.find_last_of('/') + 1;  // npos + 1 == 0
  return file.substr(0, name) + ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(count++) + "-" +
         file.substr(name);
}

}  // namespace

FileError::FileError(int number, const std::string& action, std::string file)
    : VoxelError(nameOf(number), "The file cannot be " + action + ": " + std::strerror(number)),
      file_(std::move(file)) {}

bool FileError::isFull() const {
  return code() == "ENOSPC" || code() == "EDQUOT";
}

AtomicFile::AtomicFile(std::string file) : file_(std::move(file)), temporary_(temporaryName(file_)) {
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail("created");
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::write(const void* data, size_t bytes) {
  const char* position = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t written = ::write(descriptor_, position, std::min(bytes, size_t{1} << 30));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail("written");
    position += written;
    bytes -= static_cast<size_t>(written);
  }
}

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0) fail("written");
  if (std::rename(temporary_.c_str(), file_.c_str()) != 0) fail("renamed");
  ::close(descriptor_);
  descriptor_ = -1;
}

void AtomicFile::fail(const std::string& action) const {
  throw FileError(errno, action, file_);
}

}  // namespace nnunet::voxels
