/**
 * nnU-Net's augmentation of one sample, in its order: spatial, noise, blur, brightness, contrast, low resolution,
 * inverted gamma, gamma, mirror, mask, then what validation does as well: negative labels removed, the previous stage's
 * labels appended to the image (in training made worse at random), targets. Source: nnU-Net 2.8.1,
 * nnUNetTrainer.get_training_transforms and get_validation_transforms.
 */
#pragma once

#include "trainer/augment/random.h"
#include "trainer/augment/sample.h"
#include "trainer/augment/spatial.h"

namespace nnunet::augment {

struct PipelineSettings {
  int dims = 3;
  Shape patch{};        ///< 2D: z = 1
  bool augment = true;  ///< false: validation
  AugmentSettings augmentation;
  std::vector<bool> maskChannels;
  std::vector<int> cascadeLabels;         ///< not empty: segmentation channel 1 is the previous stage's
  std::vector<std::vector<int>> regions;  ///< not empty: targets are regions; the ignore label is the last one, if any
  std::vector<Shape> targetShapes;
};

class Pipeline {
 public:
  explicit Pipeline(PipelineSettings settings) : settings_(std::move(settings)) {}

  /** Drawn first, since it decides how much of the case is needed. Validation: a centre crop. */
  SpatialParameters drawSpatial(Random& random) const;

  /** `input`: what was loaded; `sample`: the patch to fill. */
  void transformSpatially(const Sample& input, const SpatialParameters& parameters, const Sample& sample,
                          Workspace& workspace) const;

  /** All that follows the spatial transform, up to the cascade. The image must have room for the cascade's channels. */
  void transform(Sample& sample, Random& random, Workspace& workspace) const;

  /** targets[i]: where output i's target goes, (targetChannels(), targetShapes[i]). */
  void makeTargets(const Sample& sample, const std::vector<int16_t*>& targets, Workspace& workspace) const;

  int64_t targetChannels() const;
  const PipelineSettings& settings() const { return settings_; }

 private:
  /** From noise to mirroring. */
  void applyUsual(Sample& sample, Random& random, Workspace& workspace) const;

  PipelineSettings settings_;
};

}  // namespace nnunet::augment
