/** Makes single samples of a batch: a function of (seed, epoch, iteration, index) and the files on disk. */
#pragma once

#include "trainer/augment/pipeline.h"
#include "trainer/data/case_store.h"
#include "trainer/data/loader.h"

namespace nnunet::data {

class Sampler {
 public:
  /** Opens the first case. Throws CoreError "bad-job" where the settings contradict each other. */
  explicit Sampler(const LoaderSettings& settings);

  /** A batch with memory for all samples, without values. */
  void prepare(Batch& batch, int epoch, int iteration) const;

  /** Fills in sample `index`. Safe from several threads for different samples. */
  void make(Batch& batch, int index, augment::Workspace& workspace) const;

  int channels() const { return channels_; }

 private:
  LoaderSettings settings_;
  Shape loaded_{};  ///< what a box takes from the case
  augment::Pipeline pipeline_;
  mutable CaseStore store_;
  int annotatedRequest_ = -1;
  int imageChannels_ = 0, channels_ = 0;
};

}  // namespace nnunet::data
