#include "trainer/augment/strong.h"

#include "trainer/augment/blank.h"
#include "trainer/augment/blur.h"
#include "trainer/augment/brightness.h"
#include "trainer/augment/contrast.h"
#include "trainer/augment/gamma.h"
#include "trainer/augment/local.h"
#include "trainer/augment/low_resolution.h"
#include "trainer/augment/median.h"
#include "trainer/augment/mirror.h"
#include "trainer/augment/noise.h"
#include "trainer/augment/sharpening.h"
#include "trainer/augment/turns.h"

namespace nnunet::augment {
namespace {

constexpr double turnProbability = 0.5, filterProbability = 0.2, contrastProbability = 0.2;
constexpr double offsetProbability = 0.1, offsetDeviation = 0.5;
constexpr double blankProbability = 0.4, localProbability = 0.3, sharpeningProbability = 0.2;

/** One of two is chosen, and then happens or not. */
bool isFirst(Random& random) {
  return random.below(2) == 0;
}

}  // namespace

AugmentSettings strongSettings(AugmentSettings settings) {
  settings.strong = true;
  settings.rotationProbability = 0.4;
  settings.rotationAxisProbability = 0.5;
  settings.scaling = {0.7, 1.43};
  settings.scalesPerAxis = true;
  settings.blurSigma = {0.3, 1.5};
  settings.blursAxesAlike = true;
  settings.contrast = {0.5, 2};
  settings.contrastChannelProbability = 0.5;
  settings.lowResolutionProbability = 0.15;
  settings.lowResolution = {0.25, 1};
  return settings;
}

void applyStrong(Sample& sample, const AugmentSettings& s, Random& random, Workspace& workspace) {
  const Grid<float>& image = sample.image;
  const int dims = sample.dims;
  const int64_t channels = image.channels;
  applyTurns(sample, drawTurns(random, turnProbability, turnableAxes(dims, image.shape)));
  const bool medians = isFirst(random);
  if (random.chance(filterProbability)) {
    if (medians)
      applyMedian(image, dims, drawMedian(random, channels), workspace);
    else
      applyBlur(image, dims, drawBlur(random, s, dims, channels), workspace);
  }
  if (random.chance(s.noiseProbability)) applyNoise(image, drawNoise(random, s));
  if (random.chance(offsetProbability)) applyOffsets(image, drawOffsets(random, offsetDeviation, channels));
  const bool keepsRange = isFirst(random);
  if (random.chance(contrastProbability)) {
    auto contrast = drawContrast(random, s, channels);
    contrast.keepsRange = keepsRange;
    applyContrast(image, contrast);
  }
  if (random.chance(s.lowResolutionProbability))
    applyLowResolution(image, dims, drawLowResolution(random, s, channels), workspace);
  // Twice the same, as there.
  for (int i = 0; i < 2; ++i)
    if (random.chance(s.invertedGammaProbability)) applyGamma(image, drawGamma(random, s, channels, true));
  applyMirror(sample, drawMirror(random, s, dims));
  if (random.chance(blankProbability)) applyBlanks(image, drawBlanks(random, image));
  if (random.chance(localProbability)) applyGradients(image, dims, drawGradients(random, dims, image));
  if (random.chance(localProbability)) applyLocalGammas(image, dims, drawLocalGammas(random, dims, image));
  if (random.chance(sharpeningProbability)) applySharpening(image, dims, drawSharpening(random, channels), workspace);
}

}  // namespace nnunet::augment
