#include "voxels/normalize.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <string>
#include <vector>

#include "voxels/error.h"
#include "voxels/numpy_sum.h"
#include "voxels/simd.h"
#include "voxels/transpose.h"

namespace nnunet::voxels {

namespace {

constexpr int64_t kGrain = int64_t{1} << 18;
constexpr float kSmallest = 1e-8f;

NNUNET_SIMD void clipSubtractDivide(float* values, int64_t count, float low, float high, float subtract, float divide) {
  for (int64_t i = 0; i < count; ++i) {
    float value = values[i];
    value = value < low ? low : value;
    value = value > high ? high : value;
    values[i] = (value - subtract) / divide;
  }
}

NNUNET_SIMD void subtractDivide(float* values, int64_t count, float subtract, float divide) {
  for (int64_t i = 0; i < count; ++i) values[i] = (values[i] - subtract) / divide;
}

void shiftAndScale(std::span<float> channel, float subtract, float divide, const RunOptions& run) {
  parallelFor(static_cast<int64_t>(channel.size()), kGrain, run, [&](int64_t begin, int64_t end) {
    subtractDivide(channel.data() + begin, end - begin, subtract, divide);
  });
}

struct Range {
  float min = std::numeric_limits<float>::infinity();
  float max = -std::numeric_limits<float>::infinity();
};

Range rangeOf(std::span<const float> values, const RunOptions& run) {
  Range range;
  std::mutex rangeMutex;
  parallelFor(static_cast<int64_t>(values.size()), kGrain, run, [&](int64_t begin, int64_t end) {
    Range local;
    for (int64_t i = begin; i < end; ++i) {
      local.min = std::min(local.min, values[i]);
      local.max = std::max(local.max, values[i]);
    }
    const std::lock_guard lock(rangeMutex);
    range.min = std::min(range.min, local.min);
    range.max = std::max(range.max, local.max);
  });
  return range;
}

/// Reads a C-order volume along another order of its axes.
class OrderedReader {
 public:
  OrderedReader(const float* data, const Shape3& shape, const Axes3& order) : data_(data) {
    const Shape3 strides{shape[1] * shape[2], shape[2], 1};
    for (int i = 0; i < 3; ++i) {
      size_[i] = shape[order[i]];
      stride_[i] = strides[order[i]];
    }
  }
  const float* operator()(float* buffer, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      buffer[i] = data_[at_[0] * stride_[0] + at_[1] * stride_[1] + at_[2] * stride_[2]];
      if (++at_[2] < size_[2]) continue;
      at_[2] = 0;
      if (++at_[1] < size_[1]) continue;
      at_[1] = 0;
      ++at_[0];
    }
    return buffer;
  }

 private:
  const float* data_;
  Shape3 size_{};
  Shape3 stride_{};
  Shape3 at_{0, 0, 0};
};

/// Dividing by an infinite deviation would give zeros everywhere: an image that looks right and says nothing.
float finiteOrThrow(float statistic) {
  if (std::isfinite(statistic)) return statistic;
  throw VoxelError("intensities-overflow", "The intensities are too large for single precision");
}

struct Statistics {
  float mean;
  float std;
};

Statistics contiguousStatistics(std::span<const float> values, const RunOptions& run) {
  const auto count = static_cast<int64_t>(values.size());
  const float mean = finiteOrThrow(meanOf(numpySum(values, run), count));
  return {mean, finiteOrThrow(deviationOf(squaredDeviationSum(values, mean, run), count))};
}

Statistics transposedStatistics(std::span<const float> channel, const Shape3& shape, const Axes3& memoryOrder) {
  const auto count = static_cast<int64_t>(channel.size());
  const float mean = finiteOrThrow(meanOf(numpySum(OrderedReader(channel.data(), shape, memoryOrder), count), count));
  OrderedReader again(channel.data(), shape, memoryOrder);
  const auto squares = [&](float* buffer, int64_t n) {
    again(buffer, n);
    for (int64_t i = 0; i < n; ++i) {
      const float deviation = buffer[i] - mean;
      buffer[i] = deviation * deviation;
    }
    return static_cast<const float*>(buffer);
  };
  return {mean, finiteOrThrow(deviationOf(numpySum(squares, count), count))};
}

void zScoreInMask(std::span<float> channel, std::span<const int16_t> segmentation, const RunOptions& run) {
  std::vector<float> inside;
  inside.reserve(std::count_if(segmentation.begin(), segmentation.end(), [](int16_t label) { return label >= 0; }));
  for (size_t i = 0; i < channel.size(); ++i) {
    if (segmentation[i] >= 0) inside.push_back(channel[i]);
  }
  if (inside.empty()) return;
  const Statistics statistics = contiguousStatistics(inside, run);
  const float divide = std::max(statistics.std, kSmallest);
  parallelFor(static_cast<int64_t>(channel.size()), kGrain, run, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const float value = (channel[i] - statistics.mean) / divide;
      channel[i] = segmentation[i] >= 0 ? value : channel[i];
    }
  });
}

void normalizeChannel(std::span<float> channel, const Shape3& shape, std::span<const int16_t> segmentation,
                      const ChannelNormalization& how, const Axes3& memoryOrder, const RunOptions& run) {
  switch (how.scheme) {
    case Normalization::None:
      return;
    case Normalization::CT: {
      const IntensityProperties& p = how.properties;
      const auto divide = static_cast<float>(std::max(p.std, 1e-8));
      parallelFor(static_cast<int64_t>(channel.size()), kGrain, run, [&](int64_t begin, int64_t end) {
        clipSubtractDivide(channel.data() + begin, end - begin, static_cast<float>(p.percentile_00_5),
                           static_cast<float>(p.percentile_99_5), static_cast<float>(p.mean), divide);
      });
      return;
    }
    case Normalization::ZScore: {
      if (how.useMask) {
        if (segmentation.size() != channel.size()) {
          throw VoxelError("mask-missing", "Normalising inside a mask needs a segmentation of the image's shape");
        }
        return zScoreInMask(channel, segmentation, run);
      }
      const Statistics s = memoryOrder == Axes3{0, 1, 2} ? contiguousStatistics(channel, run)
                                                         : transposedStatistics(channel, shape, memoryOrder);
      return shiftAndScale(channel, s.mean, std::max(s.std, kSmallest), run);
    }
    case Normalization::RescaleTo01: {
      const Range range = rangeOf(channel, run);
      // The subtraction is monotonic, so the largest value afterwards is the largest one before minus the smallest.
      return shiftAndScale(channel, range.min, std::max(finiteOrThrow(range.max - range.min), kSmallest), run);
    }
    case Normalization::RgbTo01: {
      const Range range = rangeOf(channel, run);
      if (range.min < 0.0f || range.max > 255.0f) {
        throw VoxelError("rgb-out-of-range", "RGB images must have values from 0 to 255; found " +
                                                 std::to_string(range.min) + " to " + std::to_string(range.max));
      }
      return shiftAndScale(channel, 0.0f, 255.0f, run);
    }
  }
}

}  // namespace

void normalize(std::span<float> data, const Shape3& shape, std::span<const int16_t> segmentation,
               std::span<const ChannelNormalization> channels, const Axes3& transposeForward, const RunOptions& run) {
  const auto volume = static_cast<size_t>(voxelCount(shape));
  if (volume == 0) return;
  checkAxes(transposeForward);
  const Axes3 memoryOrder = inverseAxes(transposeForward);
  for (size_t c = 0; c < channels.size(); ++c) {
    normalizeChannel(data.subspan(c * volume, volume), shape, segmentation, channels[c], memoryOrder, run);
  }
}

}  // namespace nnunet::voxels
