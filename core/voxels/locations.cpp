#include "voxels/locations.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "voxels/error.h"
#include "voxels/random_state.h"

namespace nnunet::voxels {

namespace {

constexpr uint32_t kSeed = 1234;
constexpr int64_t kWanted = 10000;
constexpr double kWantedShare = 0.01;

/// Label -> dense index; -1 where nobody asks for it.
class LabelIndex {
 public:
  explicit LabelIndex(std::span<const std::vector<int>> requests) : index_(size_t{1} << 16, -1) {
    for (const std::vector<int>& request : requests) {
      for (const int label : request) {
        if (label < std::numeric_limits<int16_t>::min() || label > std::numeric_limits<int16_t>::max()) continue;
        int32_t& entry = index_[static_cast<uint16_t>(label)];
        if (entry < 0) entry = size_++;
      }
    }
  }
  int32_t of(int label) const {
    return label == static_cast<int16_t>(label) ? index_[static_cast<uint16_t>(label)] : -1;
  }
  int32_t size() const { return size_; }

 private:
  std::vector<int32_t> index_;
  int32_t size_ = 0;
};

/// Linear indices of the voxels of every label, in C order.
std::vector<std::vector<uint32_t>> voxelsByLabel(std::span<const int16_t> segmentation, const Shape3& shape,
                                                 const LabelIndex& labels, const RunOptions& run) {
  const int64_t planeSize = shape[1] * shape[2];
  const auto width = static_cast<int64_t>(labels.size());
  std::vector<int64_t> starts(shape[0] * width, 0);
  const auto forPlanes = [&](auto&& visit) {
    parallelFor(shape[0], 1, run, [&](int64_t begin, int64_t end) {
      for (int64_t z = begin; z < end; ++z) {
        for (int64_t i = z * planeSize; i < (z + 1) * planeSize; ++i) {
          const int32_t label = labels.of(segmentation[i]);
          if (label >= 0) visit(z, label, i);
        }
      }
    });
  };
  forPlanes([&](int64_t z, int32_t label, int64_t) { ++starts[z * width + label]; });
  std::vector<std::vector<uint32_t>> voxels(width);
  for (int64_t label = 0; label < width; ++label) {
    int64_t total = 0;
    for (int64_t z = 0; z < shape[0]; ++z) {
      const int64_t count = starts[z * width + label];
      starts[z * width + label] = total;
      total += count;
    }
    voxels[label].resize(total);
  }
  forPlanes([&](int64_t z, int32_t label, int64_t i) {
    voxels[label][starts[z * width + label]++] = static_cast<uint32_t>(i);
  });
  return voxels;
}

}  // namespace

ClassLocations classLocations(std::span<const int16_t> segmentation, const Shape3& shape,
                              std::span<const std::vector<int>> requests, const RunOptions& run) {
  if (voxelCount(shape) > std::numeric_limits<uint32_t>::max()) {
    throw VoxelError("volume-too-large", "Volumes of more than 2^32 voxels are not supported");
  }
  const LabelIndex labels(requests);
  const std::vector<std::vector<uint32_t>> voxels = voxelsByLabel(segmentation, shape, labels, run);
  ClassLocations result;
  RandomState random(kSeed);
  for (size_t r = 0; r < requests.size(); ++r) {
    run.throwIfCancelled();
    std::vector<uint32_t> candidates;
    for (const int label : requests[r]) {
      const int32_t index = labels.of(label);
      if (index >= 0) candidates.insert(candidates.end(), voxels[index].begin(), voxels[index].end());
    }
    const auto total = static_cast<int64_t>(candidates.size());
    const auto share = static_cast<int64_t>(std::ceil(static_cast<double>(total) * kWantedShare));
    const int64_t count = std::max(std::min(kWanted, total), share);
    random.shuffle(candidates);
    result.counts.push_back(count);
    result.rows.reserve(result.rows.size() + 4 * count);
    for (int64_t i = 0; i < count; ++i) {
      const auto at = static_cast<int64_t>(candidates[i]);
      for (const int64_t value :
           {static_cast<int64_t>(r), at / (shape[1] * shape[2]), at / shape[2] % shape[1], at % shape[2]}) {
        result.rows.push_back(static_cast<int32_t>(value));
      }
    }
  }
  return result;
}

}  // namespace nnunet::voxels
