#include "trainer/atomic_file.h"

#include "trainer/events.h"

namespace nnunet {

namespace {

template <class Action>
auto forPeople(Action action) {
  try {
    return action();
  } catch (const voxels::FileError& error) {
    throw CoreError(
        "write-failed", error.what(),
        error.isFull() ? "Free some disk space, or choose another folder." : "Check the permissions of the folder.",
        error.file());
  }
}

}  // namespace

AtomicFile::AtomicFile(const std::string& file) : file_(forPeople([&] { return voxels::AtomicFile(file); })) {}

void AtomicFile::write(const void* data, size_t bytes) {
  forPeople([&] { file_.write(data, bytes); });
}

void AtomicFile::commit() {
  forPeople([&] { file_.commit(); });
}

}  // namespace nnunet
