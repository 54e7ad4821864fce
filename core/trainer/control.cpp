#include "trainer/control.h"

#include <unistd.h>

#include <csignal>

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
}

bool Control::stopRequested() const {
  return stopSignal != 0 || ::access((folder_ + "stop").c_str(), F_OK) == 0;
}

bool Control::takeCheckpointRequest() const {
  return ::unlink((folder_ + "checkpoint").c_str()) == 0;
}

}  // namespace nnunet
