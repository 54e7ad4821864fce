#include "trainer/augment/pipeline.h"

#include "trainer/augment/blur.h"
#include "trainer/augment/brightness.h"
#include "trainer/augment/cascade.h"
#include "trainer/augment/contrast.h"
#include "trainer/augment/gamma.h"
#include "trainer/augment/low_resolution.h"
#include "trainer/augment/mask.h"
#include "trainer/augment/mirror.h"
#include "trainer/augment/noise.h"
#include "trainer/augment/strong.h"
#include "trainer/augment/targets.h"

namespace nnunet::augment {

SpatialParameters Pipeline::drawSpatial(Random& random) const {
  const auto& s = settings_;
  const int dims = s.augmentation.dummy2d ? 2 : s.dims;
  if (s.augment) return augment::drawSpatial(random, s.augmentation, dims, s.patch);
  SpatialParameters parameters;
  parameters.dims = dims;
  return parameters;
}

void Pipeline::transformSpatially(const Sample& input, const SpatialParameters& parameters, const Sample& sample,
                                  Workspace& workspace) const {
  applySpatial(input, parameters, sample, workspace);
}

void Pipeline::applyUsual(Sample& sample, Random& random, Workspace& workspace) const {
  const AugmentSettings& s = settings_.augmentation;
  const Grid<float>& image = sample.image;
  const int dims = settings_.dims;
  if (random.chance(s.noiseProbability)) applyNoise(image, drawNoise(random, s));
  if (random.chance(s.blurProbability)) applyBlur(image, dims, drawBlur(random, s, dims, image.channels), workspace);
  if (random.chance(s.brightnessProbability)) applyBrightness(image, drawBrightness(random, s, image.channels));
  if (random.chance(s.contrastProbability)) applyContrast(image, drawContrast(random, s, image.channels));
  if (random.chance(s.lowResolutionProbability))
    applyLowResolution(image, dims, drawLowResolution(random, s, image.channels), workspace);
  if (random.chance(s.invertedGammaProbability)) applyGamma(image, drawGamma(random, s, image.channels, true));
  if (random.chance(s.gammaProbability)) applyGamma(image, drawGamma(random, s, image.channels, false));
  applyMirror(sample, drawMirror(random, s, dims));
}

void Pipeline::transform(Sample& sample, Random& random, Workspace& workspace) const {
  const AugmentSettings& s = settings_.augmentation;
  const Grid<float>& image = sample.image;
  const int dims = settings_.dims;
  if (settings_.augment) {
    if (s.strong)
      applyStrong(sample, s, random, workspace);
    else
      applyUsual(sample, random, workspace);
    applyMask(sample, settings_.maskChannels);
  }
  removeNegativeLabels(sample.segmentation);
  if (settings_.cascadeLabels.empty()) return;

  const int64_t first = image.channels, labels = static_cast<int64_t>(settings_.cascadeLabels.size());
  appendOneHot(sample, settings_.cascadeLabels);
  if (!settings_.augment) return;
  const Grid<float> oneHot{image.channel(first), labels, image.shape};
  if (random.chance(s.operatorProbability)) applyOperators(oneHot, dims, drawOperators(random, s, labels));
  if (random.chance(s.removeComponentProbability)) applyRemoveComponent(oneHot, drawRemoveComponent(random, s, labels));
}

void Pipeline::makeTargets(const Sample& sample, const std::vector<int16_t*>& targets, Workspace& workspace) const {
  Grid<const int16_t> full{sample.segmentation.data, 1, sample.segmentation.shape};
  if (!settings_.regions.empty()) {
    workspace.targets.resize(targetChannels() * full.voxels());
    const Grid<int16_t> regions{workspace.targets.data(), targetChannels(), full.shape};
    applyRegions(full, settings_.regions, regions);
    full = regions;
  }
  for (size_t i = 0; i < targets.size(); ++i)
    applyTargetShape(full, {targets[i], full.channels, settings_.targetShapes[i]});
}

int64_t Pipeline::targetChannels() const {
  return settings_.regions.empty() ? 1 : static_cast<int64_t>(settings_.regions.size());
}

}  // namespace nnunet::augment
