/**
 * Rectangles that are filled with their own mean: up to four in a channel.
 * Source: batchgeneratorsv2 0.3.6, BlankRectangleTransform, as nnU-Net's DA5 uses it.
 */
#pragma once

#include "trainer/augment/random.h"
#include "trainer/augment/sample.h"

namespace nnunet::augment {

struct Rectangle {
  Shape low{}, size{};
};

/** Per channel. Sides are a tenth to a third of the patch. */
std::vector<std::vector<Rectangle>> drawBlanks(Random& random, const Grid<float>& image);

/** In order: a later one has the mean of what an earlier one left. */
void applyBlanks(const Grid<float>& image, const std::vector<std::vector<Rectangle>>& rectangles);

}  // namespace nnunet::augment
