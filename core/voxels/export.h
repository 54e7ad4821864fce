// From a network's logits to the label map of the original image: resample, decide labels, put back what cropping took
// away, undo the transposition (spec: inference section 5). The work streams over output rows, so peak memory beside
// the result does not depend on the number of classes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "voxels/parallel.h"
#include "voxels/resample.h"
#include "voxels/shape.h"

namespace nnunet::voxels {

/// How logits become labels.
struct LabelRule {
  /// Not empty: regions. Where head i has a probability > 0.5 (sigmoid) regionsClassOrder[i] is written, in order.
  /// Empty: labels, the head with the largest logit (or, with probabilities, softmax), ties to the lowest.
  std::vector<int> regionsClassOrder;
};

struct ExportSettings {
  int64_t heads = 0;
  Shape3 shape;               ///< of the logits, network space
  Shape3 resampledShape;      ///< shape_after_cropping_and_before_resampling
  Spacing3 spacing;           ///< configuration's spacing; 2D: the original slice spacing in front
  Spacing3 resampledSpacing;  ///< original spacing, transposed
  ResampleSettings resampling{1, 0, std::nullopt};
  LabelRule rule;
  Shape3 fullShape;  ///< shape_before_cropping (transposed)
  Box3 box;          ///< bbox_used_for_cropping in it
  Axes3 transposeBackward{0, 1, 2};
};

/// One byte a voxel where every label is below 255, else two.
struct ExportedLabels {
  Shape3 shape;  ///< fullShape, transposed back
  std::variant<std::vector<uint8_t>, std::vector<uint16_t>> labels;
  std::vector<float>
      probabilities;  ///< (heads, shape), only where asked for; outside the box head 0 has 1 (labels mode)
};

/// @param logits (heads, shape): float16 bits, or float32
/// @throws VoxelError "box-mismatch" when box, resampledShape and fullShape do not fit
ExportedLabels exportLogits(std::span<const uint16_t> logits, const ExportSettings& settings, bool probabilities,
                            const RunOptions& run = {});
ExportedLabels exportLogits(std::span<const float> logits, const ExportSettings& settings, bool probabilities,
                            const RunOptions& run = {});

/// True where 16 bits are needed for the labels of this rule.
bool needsWideLabels(const ExportSettings& settings);

}  // namespace nnunet::voxels
