#include "trainer/control.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#if defined(__linux__)
#include <sys/prctl.h>
#endif

namespace nnunet {
namespace {

volatile std::sig_atomic_t stopSignal = 0;
pid_t parentAtStart = 0;  // 0: it does not matter

bool parentIsGone() {
  return parentAtStart != 0 && ::getppid() != parentAtStart;
}

/** Whether the process that meant to be the parent ended before this one could look; a wrapper may stand between. */
bool startedByADeadProcess() {
  const char* text = std::getenv("NNUNET_PARENT");
  const auto expected = text == nullptr ? 0 : static_cast<pid_t>(std::strtol(text, nullptr, 10));
  if (expected <= 0 || ::getppid() == expected) return false;
  return ::getppid() == 1 || (::kill(expected, 0) != 0 && errno == ESRCH);
}

}  // namespace

void handleStopSignals() {
  struct sigaction action{};
  action.sa_handler = [](int) { stopSignal = 1; };
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

void endWithParent() {
#if defined(__linux__)
  prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
  parentAtStart = ::getppid();
  if (startedByADeadProcess()) ::raise(SIGTERM);
}

bool Control::stopRequested() const {
  return stopSignal != 0 || parentIsGone() || ::access((folder_ + "stop").c_str(), F_OK) == 0;
}

bool Control::takeCheckpointRequest() const {
  return ::unlink((folder_ + "checkpoint").c_str()) == 0;
}

}  // namespace nnunet
