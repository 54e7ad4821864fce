#include "voxels/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
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

/// 32 bits of FNV-1a: enough to tell the machines apart that share a disk. `hostMark` in src/images/temporaryFiles.ts.
std::string hostMark() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  uint32_t hash = 2166136261u;
  for (const char* c = name; *c != 0; ++c) hash = (hash ^ static_cast<unsigned char>(*c)) * 16777619u;
  char text[9];
  std::snprintf(text, sizeof text, "%08x", hash);
  return text;
}

/// The first bytes of a file's name, cut where a character of UTF-8 begins: the whole must not become too long.
std::string beginningOf(const std::string& name) {
  size_t length = std::min<size_t>(name.size(), 40);
  while (length < name.size() && length > 0 && (static_cast<unsigned char>(name[length]) & 0xC0) == 0x80) --length;
  return name.substr(0, length);
}

/// Hidden, so that a folder's reader never takes it for a finished file; another one for every file and process. What a
/// killed process leaves is known by its host and pid, and swept by the next writer (src/images/temporaryFiles.ts).
std::string temporaryName(const std::string& file) {
  static std::atomic<unsigned> count{0};
  static const std::string host = hostMark();
  const size_t name = file.find_last_of('/') + 1;  // npos + 1 == 0
  return file.substr(0, name) + ".tmp-" + host + "-" + std::to_string(::getpid()) + "-" + std::to_string(count++) +
         "-" + beginningOf(file.substr(name));
}

/// Makes a new name in a file's folder durable. Not every file system lets a folder be synced; the rename then still
/// holds for everybody but a power failure.
void syncFolderOf(const std::string& file) {
  const size_t name = file.find_last_of('/') + 1;
  const std::string folder = name == 0 ? "." : file.substr(0, name);
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
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
  syncFolderOf(file_);
}

void AtomicFile::fail(const std::string& action) const {
  throw FileError(errno, action, file_);
}

}  // namespace nnunet::voxels
