#include "voxels/window.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "voxels/error.h"
#include "voxels/half.h"

namespace nnunet::voxels {

namespace {

constexpr double kSigmaShare = 1.0 / 8.0;
constexpr double kTruncate = 4.0;
constexpr double kLargestWeight = 10.0;
constexpr int64_t kGrain = int64_t{1} << 18;

/// scipy.ndimage.gaussian_filter of a single 1 at size / 2, zeros outside.
std::vector<double> gaussianProfile(int64_t size) {
  const double sigma = static_cast<double>(size) * kSigmaShare;
  const auto radius = static_cast<int64_t>(kTruncate * sigma + 0.5);
  std::vector<double> kernel;
  double sum = 0;
  for (int64_t x = -radius; x <= radius; ++x) {
    kernel.push_back(std::exp(-0.5 / (sigma * sigma) * static_cast<double>(x * x)));
    sum += kernel.back();
  }
  std::vector<double> profile(size, 0.0);
  for (int64_t i = 0; i < size; ++i) {
    const int64_t x = i - size / 2;
    if (std::abs(x) <= radius) profile[i] = kernel[x + radius] / sum;
  }
  return profile;
}

}  // namespace

std::vector<int64_t> windowStarts(int64_t size, int64_t patch, double step) {
  if (patch < 1 || size < patch) throw VoxelError("bad-window", "The volume is smaller than the patch");
  if (!(step > 0) || step > 1) throw VoxelError("bad-step", "The step size must be above 0 and at most 1");
  const double target = static_cast<double>(patch) * step;
  const double steps = std::ceil(static_cast<double>(size - patch) / target);
  if (steps > 1e9) throw VoxelError("bad-step", "The step size is far below one voxel");
  const auto count = static_cast<int64_t>(steps) + 1;
  const double stride = count > 1 ? static_cast<double>(size - patch) / static_cast<double>(count - 1) : 0.0;
  std::vector<int64_t> starts;
  for (int64_t i = 0; i < count; ++i) {
    starts.push_back(static_cast<int64_t>(std::nearbyint(stride * static_cast<double>(i))));
  }
  return starts;
}

std::vector<float> gaussianImportance(std::span<const int64_t> patch) {
  if (!elementCount(patch)) throwTooLarge();
  std::vector<double> map{1.0};
  for (const int64_t size : patch) {
    const std::vector<double> profile = gaussianProfile(size);
    std::vector<double> wider;
    wider.reserve(map.size() * profile.size());
    for (const double outer : map) {
      for (const double inner : profile) wider.push_back(outer * inner);
    }
    map = std::move(wider);
  }
  const double divisor = *std::max_element(map.begin(), map.end()) / kLargestWeight;
  std::vector<float> weights;
  weights.reserve(map.size());
  float smallest = std::numeric_limits<float>::infinity();
  for (const double value : map) {
    // torch converts float64 to float16 by way of float32.
    weights.push_back(halfToFloat(floatToHalf(static_cast<float>(value / divisor))));
    if (weights.back() > 0) smallest = std::min(smallest, weights.back());
  }
  std::replace(weights.begin(), weights.end(), 0.0f, smallest);
  return weights;
}

WindowPadding padToPatch(const Shape3& shape, const Shape3& patch, int dims) {
  WindowPadding padding{shape, {{0, 0, 0}, shape}};
  for (int i = 3 - dims; i < 3; ++i) {
    const int64_t missing = std::max<int64_t>(0, patch[i] - shape[i]);
    padding.padded[i] = shape[i] + missing;
    padding.inside.low[i] = missing / 2;
    padding.inside.high[i] = missing / 2 + shape[i];
  }
  return padding;
}

WindowAccumulator::WindowAccumulator(int64_t heads, const Shape3& shape, const Shape3& patch, std::vector<float> weight)
    : heads_(heads),
      shape_(shape),
      patch_(patch),
      weight_(std::move(weight)),
      logits_(voxelCount(heads, shape), 0),
      weights_(voxelCount(shape), 0) {
  if (std::ranges::min(patch) < 1) throw VoxelError("bad-window", "A patch needs at least one voxel per axis");
  if (weight_.empty()) weight_.assign(voxelCount(patch), 1.0f);
  if (static_cast<int64_t>(weight_.size()) != voxelCount(patch)) {
    throw VoxelError("shape-mismatch", "The weight of the tiles does not have the patch's shape");
  }
}

void WindowAccumulator::add(std::span<const float> tileLogits, const Shape3& start, const RunOptions& run) {
  const int64_t tile = voxelCount(patch_);
  if (static_cast<int64_t>(tileLogits.size()) != heads_ * tile) {
    throw VoxelError("shape-mismatch", "The logits of a tile do not have the patch's shape");
  }
  for (int i = 0; i < 3; ++i) {
    if (start[i] < 0 || start[i] > shape_[i] - patch_[i]) {
      throw VoxelError("bad-window", "A tile lies outside of the volume");
    }
  }
  const auto row = [&](int64_t z, int64_t y) {
    return ((start[0] + z) * shape_[1] + start[1] + y) * shape_[2] + start[2];
  };
  const int64_t rows = patch_[0] * patch_[1];
  const int64_t grain = std::max<int64_t>(1, kGrain / patch_[2]);
  // Row -1 of the tile: the weights.
  parallelFor((heads_ + 1) * rows, grain, run, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t head = i / rows - 1;
      const int64_t r = i % rows;
      const std::span<const float> weight(weight_.data() + r * patch_[2], patch_[2]);
      const int64_t at = row(r / patch_[1], r % patch_[1]);
      if (head < 0) {
        accumulateHalf(std::span(weights_.data() + at, patch_[2]), weight);
      } else {
        accumulateHalf(std::span(logits_.data() + head * voxelCount(shape_) + at, patch_[2]),
                       tileLogits.subspan(head * tile + r * patch_[2], patch_[2]), weight);
      }
    }
  });
}

std::vector<uint16_t> WindowAccumulator::finish(const Box3& inside, const RunOptions& run) {
  for (int i = 0; i < 3; ++i) {
    if (inside.low[i] < 0 || inside.high[i] > shape_[i] || inside.low[i] > inside.high[i]) {
      throw VoxelError("bad-window", "The part to keep lies outside of the volume");
    }
  }
  const int64_t volume = voxelCount(shape_);
  const int64_t grain = std::max<int64_t>(1, kGrain / shape_[2]);
  std::atomic<bool> infinite{false};
  parallelFor(heads_ * shape_[0] * shape_[1], grain, run, [&](int64_t begin, int64_t end) {
    bool local = false;
    for (int64_t i = begin; i < end; ++i) {
      const std::span<uint16_t> values(logits_.data() + i * shape_[2], shape_[2]);
      divideHalf(values, std::span<const uint16_t>(weights_.data() + i * shape_[2] % volume, shape_[2]));
      for (const uint16_t value : values) local |= (value & 0x7fffu) == 0x7c00u;
    }
    if (local) infinite = true;
  });
  if (infinite) {
    throw VoxelError("non-finite-logits",
                     "The network's output became infinite in float16; its weights or the input are broken");
  }
  std::vector<uint16_t> result;
  if (inside == Box3{{0, 0, 0}, shape_}) {
    result = std::move(logits_);
  } else {
    const Shape3 size = inside.shape();
    result.resize(voxelCount(heads_, size));
    for (int64_t i = 0; i < heads_ * size[0] * size[1]; ++i) {
      const int64_t head = i / (size[0] * size[1]);
      const int64_t z = inside.low[0] + i / size[1] % size[0];
      const int64_t y = inside.low[1] + i % size[1];
      std::copy_n(logits_.data() + head * volume + (z * shape_[1] + y) * shape_[2] + inside.low[2], size[2],
                  result.data() + i * size[2]);
    }
  }
  logits_.assign(heads_ * volume, 0);
  weights_.assign(volume, 0);
  return result;
}

void addFold(std::span<uint16_t> sum, std::span<const uint16_t> fold, const RunOptions& run) {
  if (sum.size() != fold.size()) throw VoxelError("shape-mismatch", "The folds' logits differ in shape");
  parallelFor(static_cast<int64_t>(sum.size()), kGrain, run, [&](int64_t begin, int64_t end) {
    std::vector<float> values(end - begin);
    halfToFloat(fold.subspan(begin, end - begin), values);
    accumulateHalf(sum.subspan(begin, end - begin), values);
  });
}

void divideByFolds(std::span<uint16_t> sum, int folds, const RunOptions& run) {
  parallelFor(static_cast<int64_t>(sum.size()), kGrain, run, [&](int64_t begin, int64_t end) {
    std::vector<float> values(end - begin);
    const std::span<uint16_t> part = sum.subspan(begin, end - begin);
    halfToFloat(std::span<const uint16_t>(part), values);
    for (float& value : values) value = value / static_cast<float>(folds);
    floatToHalf(values, part);
  });
}

}  // namespace nnunet::voxels
