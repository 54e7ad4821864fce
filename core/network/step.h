/** What a network does, as data: values, layers, and the steps that compute one value from others. */
#pragma once

#include <string>
#include <vector>

#include "network/shape.h"

namespace nnunet::network {

/** Something that lies in the arena for as long as a step reads it. */
struct Value {
  std::string name;  ///< for people: the layer it belongs to, and what of it
  Shape shape;
  bool kept = false;  ///< stays until the way back needs it; others are computed again there
};

/** Channels [first, first + channels) of a value. Two parts of one value are the two halves of a concatenation. */
struct Part {
  int value = -1;
  int64_t first = 0, channels = 0;

  bool exists() const { return value >= 0; }
  bool operator==(const Part&) const = default;
};

/** A convolution with what follows it; places in the table of parameters, -1 where there is none. */
struct Layer {
  std::string name;
  int64_t in = 0, out = 0;
  Axes kernel{1, 1, 1}, stride{1, 1, 1};
  int weight = -1, bias = -1, normWeight = -1, normBias = -1;
  int runningMean = -1;  ///< the variance is the next one
};

enum class StepKind {
  // Forward. What is read -> what is written.
  load,        ///< -> image
  convolve,    ///< input -> sums (no bias: the normalisation would take it away again)
  statistics,  ///< sums -> table of scales, shifts, means and inverse deviations
  normalise,   ///< sums, table, addend or not -> output, with leaky ReLU
  upsample,    ///< input -> output; transposed convolution with kernel = stride, and bias
  pool,        ///< input -> averages over the stride
  head,        ///< input -> scores
  // Between the ways.
  loss,  ///< scores -> their gradient
  // Back. Gradients of what is learnt go to the layer's place in the gradients.
  headGradient,            ///< input, gradient of scores -> gradient of input
  activationGradient,      ///< output -> gradient of output, in place: that of what the leaky ReLU read
  normaliseGradient,       ///< sums, table, gradient of output -> gradient of sums (may be the same value)
  weightGradient,          ///< input, gradient of sums ->
  inputGradient,           ///< gradient of sums -> gradient of input channels [firstInput, + channels of the target)
  upsampleWeightGradient,  ///< input, gradient of output ->
  upsampleInputGradient,   ///< gradient of output -> gradient of input
  poolGradient,            ///< gradient of averages -> gradient of input
  add,                     ///< gradient -> gradient of the same thing that another reader gave
};

struct Step {
  StepKind kind{};
  int layer = -1;
  std::vector<Part> reads{}, writes{};
  float slope = 1;            ///< of the leaky ReLU below zero; 1: there is none
  bool adds = false;          ///< to what an earlier step wrote
  int64_t firstInput = 0;     ///< inputGradient
  std::vector<int> begins{};  ///< values whose memory this step takes over: their borders are cleared before
};

}  // namespace nnunet::network
