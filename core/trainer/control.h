/** How a run is asked to stop or to save: signals to the process, or files dropped into the run's control folder. */
#pragma once

#include <string>

namespace nnunet {

/** SIGINT and SIGTERM from now on mean "stop after the current iteration". */
void handleStopSignals();

/**
 * SIGTERM comes when the process that started this one is gone, also if it went before this was called: nobody would
 * record what a training does, and a resumed one would write into the same folder. $NNUNET_PARENT tells its pid.
 */
void endWithParent();

class Control {
 public:
  explicit Control(const std::string& runFolder) : folder_(runFolder + "/control/") {}
  virtual ~Control() = default;
  /** Whether a signal came, `control/stop` exists or the parent is gone. */
  virtual bool stopRequested() const;
  /** Whether `control/checkpoint` exists; removes it. */
  virtual bool takeCheckpointRequest() const;

 private:
  std::string folder_;
};

}  // namespace nnunet
