/**
 * The previous stage's segmentation as input: one channel per label, made worse at random so that the network does not
 * learn to trust it.
 * Source: batchgeneratorsv2 0.3.6, MoveSegAsOneHotToData, ApplyRandomBinaryOperator, RemoveRandomConnectedComponent.
 */
#pragma once

#include "trainer/augment/morphology.h"
#include "trainer/augment/random.h"

namespace nnunet::augment {

/** Appends one image channel per label, 1 where segmentation channel 1 has it, and drops that channel. The memory
 * behind the image must have room for them. */
void appendOneHot(Sample& sample, const std::vector<int>& labels);

struct OperatorParameters {
  struct Step {
    int64_t label;  ///< index of the label's channel, counted from the first appended one
    MorphologyOperator op;
    double radius;  ///< voxels
  };
  std::vector<Step> steps;
};
/** Labels in random order, each with its probability. */
OperatorParameters drawOperators(Random& random, const AugmentSettings& settings, int64_t labels);
/** `oneHot`: the appended channels. Voxels that an operator adds to a label are taken from the others. */
void applyOperators(const Grid<float>& oneHot, int dims, const OperatorParameters& parameters);

struct RemoveComponentParameters {
  struct Step {
    int64_t label;
    double choice;  ///< in [0, 1): which of the components that are small enough
  };
  std::vector<Step> steps;
  double largestShare = 0.15;  ///< components of this share of the patch or more stay
};
RemoveComponentParameters drawRemoveComponent(Random& random, const AugmentSettings& settings, int64_t labels);
void applyRemoveComponent(const Grid<float>& oneHot, const RemoveComponentParameters& parameters);

}  // namespace nnunet::augment
