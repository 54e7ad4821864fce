/**
 * What nnU-Net's augmentation draws from. The defaults are nnUNetTrainer's; the four fields without one follow from the
 * patch size (method/augmentationPlan).
 * Source: nnU-Net 2.8.1, nnUNetTrainer.get_training_transforms.
 */
#pragma once

#include <vector>

namespace nnunet::augment {

struct Range {
  double low = 0, high = 0;
};

/**
 * Random displacement of the sampling grid; nnU-Net has it switched off. White noise of the patch's size is smoothed by
 * a Gaussian and scaled so that its largest absolute value is the magnitude. Scale and magnitude as in batchgenerators'
 * augment_spatial_2 (batchgeneratorsv2 draws magnitudes of at most 0.2 voxels, which no one could see).
 */
struct ElasticSettings {
  double probability = 0.2;
  Range scale{0, 0.25};         ///< standard deviation of the smoothing as a share of the patch size, one for all axes
  Range magnitude{0.125, 0.5};  ///< largest displacement as a share of that standard deviation, one per axis
};

struct AugmentSettings {
  double rotationDegrees = 30;  ///< angles are drawn from [-rotationDegrees, rotationDegrees]
  bool dummy2d = false;         ///< 3D patches: spatial transform within the slices of axis 0
  std::vector<int> mirrorAxes;  ///< of the patch (2D: 0 = y, 1 = x)
  bool elastic = false;
  bool strong = false;         ///< the transforms of strong.h, and more of what follows
  bool nearestLabels = false;  ///< labels are those of the nearest voxel, not voted for by the neighbours
  ElasticSettings elasticSettings;

  double rotationProbability = 0.2, scalingProbability = 0.2;
  double rotationAxisProbability = 1;  ///< of each axis, where there is a rotation
  bool scalesPerAxis = false;          ///< otherwise one scale for all axes
  Range scaling{0.7, 1.4};
  double noiseProbability = 0.1;
  Range noiseSigma{0, 0.1};
  double blurProbability = 0.2, blurChannelProbability = 0.5;
  Range blurSigma{0.5, 1};
  bool blursAxesAlike = false;
  double brightnessProbability = 0.15;
  Range brightness{0.75, 1.25};
  double contrastProbability = 0.15;
  double contrastChannelProbability = 1;
  Range contrast{0.75, 1.25};
  double lowResolutionProbability = 0.25, lowResolutionChannelProbability = 0.5;
  Range lowResolution{0.5, 1};
  double invertedGammaProbability = 0.1, gammaProbability = 0.3;
  Range gamma{0.7, 1.5};
  double mirrorProbability = 0.5;  ///< per allowed axis
  double operatorProbability = 0.4, operatorLabelProbability = 0.5;
  Range operatorRadius{1, 8};
  double removeComponentProbability = 0.2, removeComponentLabelProbability = 0.5;
  double removeComponentLargestShare = 0.15;
};

}  // namespace nnunet::augment
