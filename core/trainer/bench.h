/** Times training steps on random data: `nnunet-core bench JOB.json`. */
#pragma once

#include <nlohmann/json.hpp>

namespace nnunet {

/**
 * @param job {"network", "patchSize", "batchSize", "batchDice", "precision", "device", "threads", "steps", "warmup"}
 * @returns {"medianSeconds", "seconds": […], "precision", "threads"}; a step is forward, loss, backward, clipping, SGD.
 */
nlohmann::ordered_json benchTrainingStep(const nlohmann::json& job);

}  // namespace nnunet
