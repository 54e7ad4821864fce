#include "trainer/data/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <mutex>

#include "trainer/events.h"

namespace nnunet::data {
namespace {

const char* const again = "Preprocess the dataset again.";

struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) close(number);
  }
};

// What the signal handler may read: no lock, no memory that is freed. Room for the cases that a CaseStore keeps.
struct Watched {
  std::atomic<uintptr_t> begin{0};  // 0: free, 1: about to be used
  std::atomic<size_t> size{0};
  std::atomic<bool> cutOff{false};
};
std::array<Watched, 32768> watched;

void replaceByZeros(int signal, siginfo_t* info, void*) {
  const auto address = reinterpret_cast<uintptr_t>(info->si_addr);
  for (Watched& mapping : watched) {
    const uintptr_t begin = mapping.begin.load(std::memory_order_acquire);
    const size_t size = mapping.size.load(std::memory_order_relaxed);
    if (begin <= 1 || address < begin || address >= begin + size) continue;
    const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    const uintptr_t gone = address / page * page;
    mapping.cutOff.store(true);
    if (mmap(reinterpret_cast<void*>(gone), begin + size - gone, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
             0) != MAP_FAILED)
      return;
  }
  std::signal(signal, SIG_DFL);  // not ours: the access is repeated, and ends the process
}

size_t watch(void* memory, size_t size) {
  static std::once_flag installed;
  std::call_once(installed, [] {
    struct sigaction action{};
    action.sa_sigaction = replaceByZeros;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigaction(SIGBUS, &action, nullptr);
  });
  for (size_t i = 0; i < watched.size(); ++i) {
    uintptr_t free = 0;
    if (!watched[i].begin.compare_exchange_strong(free, 1)) continue;
    watched[i].size = size;
    watched[i].cutOff = false;
    watched[i].begin.store(reinterpret_cast<uintptr_t>(memory), std::memory_order_release);
    return i;
  }
  throw CoreError("too-many-files", "Too many preprocessed files are open at once", "Train on fewer cases.");
}

}  // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::string& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  const auto failed = [&](int error) {
    return error == ENOENT
               ? CoreError{"data-file-missing", "The file does not exist", again, path}
               : CoreError{"data-file-unreadable", std::string("The file cannot be read: ") + std::strerror(error),
                           "Check the file's permissions and the disk.", path};
  };
  if (file.number < 0) throw failed(errno);
  struct stat status{};
  if (fstat(file.number, &status) != 0) throw failed(errno);
  if (!S_ISREG(status.st_mode)) throw CoreError{"data-file-invalid", "This is not a file", again, path};
  if (status.st_size == 0) throw CoreError{"data-file-invalid", "The file is empty", again, path};
  const std::shared_ptr<MappedFile> result(new MappedFile());
  const auto size = static_cast<size_t>(status.st_size);
  void* memory = mmap(nullptr, size, PROT_READ, MAP_SHARED, file.number, 0);
  if (memory == MAP_FAILED) throw failed(errno);
  try {
    result->watch_ = watch(memory, size);
  } catch (...) {
    munmap(memory, size);
    throw;
  }
  result->path_ = path;
  result->memory_ = memory;
  result->size_ = size;
  result->device_ = status.st_dev;
  result->inode_ = status.st_ino;
  return result;
}

MappedFile::~MappedFile() {
  if (memory_ == nullptr) return;
  watched[watch_].begin.store(0);
  munmap(memory_, size_);
}

void MappedFile::requireWhole() const {
  // Within the last page that is left, what is gone reads as zeros without a signal: the size tells. A file of another
  // inode took the place of this one, which lives on.
  struct stat status{};
  const bool shorter = stat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_ &&
                       static_cast<size_t>(status.st_size) < size_;
  if (shorter || watched[watch_].cutOff)
    throw CoreError{"data-file-invalid", "The file was cut off while it was read", again, path_};
}

}  // namespace nnunet::data
