/** How a run is asked to stop or to save: signals to the process, or files dropped into the run's control folder. */
#pragma once

#include <string>

namespace nnunet {

/** SIGINT and SIGTERM from now on mean "stop after the current iteration". */
void handleStopSignals();

class Control {
 public:
  explicit Control(const std::string& runFolder) : folder_(runFolder + "/control/") {}
  virtual ~Control() = default;
  /** Whether a signal came or `control/stop` exists. */
  virtual bool stopRequested() const;
  /** Whether `control/checkpoint` exists; removes it. */
  virtual bool takeCheckpointRequest() const;

 private:
  std::string folder_;
};

}  // namespace nnunet
