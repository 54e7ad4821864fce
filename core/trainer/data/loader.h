/**
 * Batches for training and online validation, made by background threads: draw a case, draw a box, crop, augment.
 *
 * A sample depends on (seed, epoch, iteration, index in the batch) only, never on the number of threads or on what was
 * asked for before.
 * Source: nnU-Net 2.8.1, dataloading/data_loader.py and nnUNetTrainer.get_dataloaders.
 */
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "trainer/augment/buffer.h"
#include "trainer/augment/settings.h"

namespace nnunet::data {

using augment::AugmentSettings;

struct LoaderSettings {
  std::string folder;  ///< holds CASE.npy, CASE_seg.npy and CASE_locations.npy
  std::vector<std::string> cases;
  std::string previousStageFolder;  ///< holds CASE.npy (z,y,x) of the previous stage of a cascade; empty: no cascade
  int dims = 3;                     ///< 2 or 3
  std::vector<int64_t> patchSize;   ///< `dims` entries
  std::vector<int64_t> initialPatchSize;  ///< what is loaded for the spatial transform; used if `augment`
  int batchSize = 2;
  double oversampleForeground = 0.33;
  bool probabilisticOversampling = false;  ///< each sample is forced with that probability, not a fixed number of them
  std::vector<std::vector<int>> locationRequests;  ///< what the first column of CASE_locations.npy counts
  bool hasIgnoreLabel = false;
  int ignoreLabel = 0;
  std::vector<int> foregroundLabels;  ///< channels of the previous stage's one-hot encoding
  std::vector<std::vector<int>>
      regions;                     ///< not empty: targets are one channel per region (+ one for the ignore label)
  std::vector<bool> maskChannels;  ///< image channels set to 0 outside the nonzero mask
  std::vector<std::vector<int64_t>> targetShapes;  ///< deep supervision: per output, highest resolution first
  bool augment = false;
  AugmentSettings augmentation;
  uint64_t seed = 0;
  int threads = 1;             ///< 0: batches are made in next()
  int prefetch = 4;            ///< batches that are ready or being made ahead of the one asked for
  int iterationsPerEpoch = 0;  ///< if known, prefetching goes on into the next epoch
};

struct Batch {
  int epoch = 0, iteration = 0;
  int batchSize = 0, channels = 0;
  std::vector<int64_t> patch;                      ///< 2 or 3 entries
  FloatBuffer data;                                ///< (batchSize, channels, patch)
  int targetChannels = 1;                          ///< 1, or one per region (+ 1 for the ignore label)
  std::vector<std::vector<int64_t>> targetShapes;  ///< per output, 2 or 3 entries
  std::vector<Int16Buffer> targets;  ///< per output (batchSize, targetChannels, shape): labels, or 0 and 1
  std::vector<std::string> cases;    ///< per sample
};

class BatchLoader {
 public:
  /** Opens the first case and checks the settings against it. Throws CoreError. */
  explicit BatchLoader(LoaderSettings settings);
  ~BatchLoader();
  BatchLoader(const BatchLoader&) = delete;
  BatchLoader& operator=(const BatchLoader&) = delete;

  /**
   * The batch of that iteration; waits for it. Fastest when asked in order. From one thread at a time.
   * Throws what went wrong in a background thread, a CoreError that names the file.
   */
  std::unique_ptr<Batch> next(int epoch, int iteration);

  /** Gives a batch's memory back for a later one. Optional; safe from any thread. */
  void recycle(std::unique_ptr<Batch> batch);

  /** Input channels: of the images, and of the previous stage's labels. */
  int channels() const;
  const LoaderSettings& settings() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nnunet::data
