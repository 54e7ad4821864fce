/** nnunet-core: training and prediction, driven by a job file, talking in JSON lines. See README of core. */
#include <ATen/Parallel.h>
#include <torch/version.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "trainer/bench.h"
#include "trainer/control.h"
#include "trainer/device.h"
#include "trainer/events.h"
#include "trainer/memory.h"
#include "trainer/parent.h"
#include "trainer/prediction/predict.h"
#include "trainer/training/trainer.h"

namespace {

using nnunet::CoreError;

constexpr int kDone = 0, kFailed = 1, kUsage = 2;

int usage() {
  std::cerr << "Usage: nnunet-core info | train JOB.json | predict JOB.json | bench JOB.json\n";
  return kUsage;
}

nlohmann::json readJob(const std::string& file) {
  std::ifstream stream(file);
  if (!stream) throw CoreError("bad-job", "The job file cannot be opened", "Give the path of a job file.", file);
  auto job = nlohmann::json::parse(stream, nullptr, /*allow_exceptions=*/false);
  if (!job.is_object()) throw CoreError("bad-job", "The job file is not a JSON object", "Write it again.", file);
  return job;
}

nlohmann::ordered_json info() {
  nlohmann::ordered_json result{{"core", NNUNET_VERSION},
                                {"torch", TORCH_VERSION},
                                {"devices", nnunet::availableDevices()},
                                {"precision", nnunet::availablePrecisions()},
                                {"threads", nnunet::useThreads(0)},
                                {"cpu", at::get_cpu_capability()}};
  if (const auto problem = nnunet::unusedGpu()) result["gpuProblem"] = problem->what() + (". " + problem->hint);
  return result;
}

int train(const nlohmann::json& json) {
  auto job = nnunet::readTrainingJob(json);
  nnunet::useThreads(job.threads);
  nnunet::handleStopSignals();
  nnunet::Trainer(std::move(job)).run();
  return kDone;
}

int run(const std::string& command, const std::string& jobFile) {
  if (command == "info") return std::cout << info().dump() << std::endl, kDone;
  const auto job = readJob(jobFile);
  if (command == "train") return train(job);
  if (command == "predict") return nnunet::predict(job), kDone;
  if (command == "bench") return std::cout << nnunet::benchTrainingStep(job).dump() << std::endl, kDone;
  return usage();
}

/** The error event for anything that went wrong. @returns the exit code. */
int report(const CoreError& error) {
  nnunet::emitError(error);
  return error.code == "bad-job" ? kUsage : kFailed;
}

/**
 * OpenMP's threads wait for work by spinning, unless told otherwise before its library is loaded: so set this and start
 * again. Spinning takes the cores from the threads that augment, and on a busy machine slows a step down tenfold.
 */
void sleepWhileWaiting(char** argv) {
  if (std::getenv("OMP_WAIT_POLICY") != nullptr) return;
  ::setenv("OMP_WAIT_POLICY", "passive", 1);
  ::execv("/proc/self/exe", argv);  // goes on as before where that fails
}

}  // namespace

int main(int argc, char** argv) {
  sleepWhileWaiting(argv);
  nnunet::stopWithParent();
  std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away must not end a training run
  const std::string command = argc > 1 ? argv[1] : "";
  if (command != "info" && argc != 3) return usage();
  try {
    nnunet::useCachingAllocator();
    return run(command, argc > 2 ? argv[2] : "");
  } catch (const CoreError& error) {
    return report(error);
  } catch (const std::bad_alloc&) {
    return report({"out-of-memory", "The memory of this machine is not enough",
                   "Use a smaller batch or patch size, or close other programs."});
  } catch (const std::exception& error) {
    const std::string what = error.what();
    if (what.find("out of memory") != std::string::npos || what.find("can't allocate memory") != std::string::npos)
      return report({"out-of-memory", "The memory of the device is not enough",
                     "Use a smaller batch or patch size, or --device cpu."});
    std::cerr << what << std::endl;  // the whole text goes to core.log
    return report({"core-failed", what.substr(0, what.find('\n')), "See core.log in the run folder."});
  }
}
