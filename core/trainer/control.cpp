#include "trainer/control.h"

#include <unistd.h>

#include <csignal>

#if defined(__linux__)
#include <sys/prctl.h>
#endif

namespace nnunet {
namespace {

volatile std::sig_atomic_t stopSignal = 0;

}  // namespace

void handleStopSignals() {
  struct sigaction action{};
  action.sa_handler = [](int) { stopSignal = 1; };
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
#if defined(__linux__)
  // Nobody would record what a training does whose runner was killed: it stops, and can be resumed.
  prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
}

bool Control::stopRequested() const {
  return stopSignal != 0 || ::access((folder_ + "stop").c_str(), F_OK) == 0;
}

bool Control::takeCheckpointRequest() const {
  return ::unlink((folder_ + "checkpoint").c_str()) == 0;
}

}  // namespace nnunet
