#include "trainer/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "trainer/events.h"

namespace nnunet {

AtomicFile::AtomicFile(std::string file)
    : file_(std::move(file)), temporary_(file_ + ".tmp-" + std::to_string(::getpid())) {
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
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
  const bool full = errno == ENOSPC || errno == EDQUOT;
  throw CoreError("write-failed", "The file cannot be " + action + ": " + std::strerror(errno),
                  full ? "Free some disk space, or choose another folder, and start again."
                       : "Check the permissions of the folder.",
                  file_);
}

}  // namespace nnunet
