/** Predicts preprocessed cases and writes label maps in their original geometry: `nnunet-core predict JOB.json`. */
#pragma once

#include <nlohmann/json.hpp>

namespace nnunet {

/** Prints progress and one "prediction" event per case. Throws CoreError. */
void predict(const nlohmann::json& job);

}  // namespace nnunet
