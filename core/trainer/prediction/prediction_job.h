/** What `nnunet-core predict JOB.json` is asked to do. */
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "trainer/network/architecture.h"
#include "voxels/export.h"

namespace nnunet {

/** The logits, resampled for the next stage of a cascade and made labels. */
struct NextStage {
  voxels::Shape3 shape;  ///< of the next stage's preprocessed case
  std::string output;    ///< .npy, labels of that shape
};

struct PredictionCase {
  std::string name, data, properties, previousStage, output, probabilities;
  std::optional<NextStage> nextStage;
};

struct PredictionJob {
  std::string device, precision;
  int threads = 0;
  Architecture network;
  voxels::Shape3 patch;         ///< 2D: a leading 1
  std::vector<int> mirrorAxes;  ///< of the patch; empty: no mirroring
  double stepSize = 0.5;
  bool gaussian = true;
  std::vector<std::string> checkpoints;
  std::vector<int> foregroundLabels;      ///< channels of the previous stage's one-hot encoding
  voxels::ExportSettings exporting;       ///< what is the same for all cases
  voxels::Spacing3 configurationSpacing;  ///< 2D: without the slice spacing, the first entry is 0
  voxels::Axes3 transposeForward;
  std::vector<PredictionCase> cases;
};

PredictionJob readPredictionJob(const nlohmann::json& json);

}  // namespace nnunet
