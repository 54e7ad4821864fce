/** Ends a training whose loss or gradient stays not a number, and tells whose samples it began with. */
#pragma once

#include <cstdint>
#include <string>

#include "trainer/data/loader.h"

namespace nnunet {

/** Distinct cases of a batch, sorted: "hip_001, hip_004 and hip_007". */
std::string casesOf(const data::Batch& batch);

class NonFiniteWatch {
 public:
  /** @param limit  steps in a row without a number that end the training */
  explicit NonFiniteWatch(int64_t limit) : limit_(limit) {}

  /**
   * Takes note of one step; warns of the first that gave no number. Throws CoreError "loss-not-finite" at the limit,
   * naming the cases in the batch that the row began with.
   */
  void note(bool finite, const data::Batch& batch);

 private:
  int64_t limit_, inARow_ = 0;
  std::string first_;  ///< where the present row began
  bool warned_ = false;
};

}  // namespace nnunet
