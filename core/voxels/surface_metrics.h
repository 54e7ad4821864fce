// How far the surfaces of a prediction and its reference lie apart, for every label or region, in mm.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "voxels/label_array.h"
#include "voxels/parallel.h"
#include "voxels/shape.h"

namespace nnunet::voxels {

/// Every surface element counts by its area. In neither map: all NaN but the areas. In one of them only: distances are
/// infinite and the surface Dice is 0.
struct SurfaceMetrics {
  double percentileDistance = 0;     ///< the greater one of both directions: at 95 the HD95
  double hausdorffDistance = 0;      ///< at 100
  double referenceToPrediction = 0;  ///< mean over the reference's surface
  double predictionToReference = 0;  ///< mean over the prediction's surface
  double averageDistance = 0;        ///< mean over both surfaces together (ASSD)
  double surfaceDice = 0;            ///< share of both surfaces within the tolerance of the other (NSD)
  double referenceArea = 0;          ///< mm²; of pictures the length of the contour, mm
  double predictionArea = 0;
};

struct SurfaceSettings {
  double percentile = 95;
  /// mm, one per class, or one for all.
  std::vector<double> tolerances{1};
};

/// @param shape  one slice: a picture, of which contours are compared
/// @param classes   each a label or a region (a union of labels)
/// @param ignoreLabel voxels that have it in the reference belong to no class, in either map
/// Per class O(voxels of the box around both masks), of which one value of 4 bytes each is kept; see surface_field.h.
/// Source: Nikolov et al. 2018 (DeepMind's surface-distance), surface_area.h.
/// @throws VoxelError "shape-mismatch", "spacing-invalid", "settings-invalid"
std::vector<SurfaceMetrics> surfaceMetrics(const LabelArray& reference, const LabelArray& prediction,
                                           const Shape3& shape, const Spacing3& spacing,
                                           std::span<const std::vector<int>> classes, std::optional<int> ignoreLabel,
                                           const SurfaceSettings& settings, const RunOptions& run = {});

}  // namespace nnunet::voxels
