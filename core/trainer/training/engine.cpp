#include "trainer/training/engine.h"

#include "trainer/device.h"
#include "trainer/training/processor_engine.h"

namespace nnunet {

std::unique_ptr<Engine> makeEngine(const TrainingJob& job, const std::vector<double>& lossWeights, size_t heads) {
  if (job.engine != "auto" && job.engine != "torch")
    throw CoreError("bad-job", "The engine " + job.engine + " is unknown", "Use auto or torch.");
  if (job.engine == "torch") return makeTorchEngine(job, lossWeights, heads);
  const auto device = chooseDevice(job.device);
  // In bf16 the matrix units of a processor are faster through LibTorch, as long as our own kernels do not use them.
  if (!device.is_cpu() || choosePrecision(job.precision, Use::training, device) != Precision::fp32)
    return makeTorchEngine(job, lossWeights, heads);
  return std::make_unique<ProcessorEngine>(job, lossWeights, heads);
}

}  // namespace nnunet
