#include "trainer/training/non_finite.h"

#include <set>

#include "trainer/events.h"

namespace nnunet {

std::string casesOf(const data::Batch& batch) {
  const std::set<std::string> distinct(batch.cases.begin(), batch.cases.end());
  std::string text;
  size_t left = distinct.size();
  for (const auto& id : distinct) {
    text += id;
    --left;
    if (left > 0) text += left == 1 ? " and " : ", ";
  }
  return text;
}

void NonFiniteWatch::note(bool finite, const data::Batch& batch) {
  if (finite) {
    inARow_ = 0;
    return;
  }
  if (inARow_ == 0)
    first_ = "step " + std::to_string(batch.iteration + 1) + " of epoch " + std::to_string(batch.epoch + 1) +
             ", whose samples are of " + casesOf(batch);
  if (!std::exchange(warned_, true))
    emitWarning("loss-not-finite", "The training loss is not a number in " + first_ +
                                       "; such steps do not change the weights, and the training ends if they go on");
  if (++inARow_ < limit_) return;
  throw CoreError("loss-not-finite",
                  "The training loss is not a number any more: in " + std::to_string(inARow_) +
                      " steps in a row, beginning with " + first_,
                  "Look at the images of these cases with \"nnunet check\" and \"nnunet inspect\"; if nothing is wrong "
                  "with them, train anew with a smaller --learning-rate or with --precision fp32.");
}

}  // namespace nnunet
