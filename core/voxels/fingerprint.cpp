#include "voxels/fingerprint.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>

#include "voxels/error.h"
#include "voxels/numpy_sum.h"

namespace nnunet::voxels {

namespace {

constexpr uint32_t kSeed = 1234;
constexpr int64_t kCheckEvery = int64_t{1} << 20;

std::vector<int64_t> foregroundIndices(std::span<const int16_t> segmentation) {
  std::vector<int64_t> indices;
  for (size_t i = 0; i < segmentation.size(); ++i) {
    if (segmentation[i] > 0) indices.push_back(static_cast<int64_t>(i));
  }
  return indices;
}

template <class Visit>
void forDraws(RandomState& random, uint32_t max, int64_t draws, const RunOptions& run, Visit&& visit) {
  constexpr int64_t kPortion = 1024;
  uint32_t drawn[kPortion];
  for (int64_t start = 0; start < draws; start += kPortion) {
    if (start % kCheckEvery == 0) run.throwIfCancelled();
    const int64_t count = std::min(kPortion, draws - start);
    random.fillBounded(std::span(drawn, count), max);
    for (int64_t i = 0; i < count; ++i) visit(start + i, drawn[i]);
  }
}

}  // namespace

std::vector<ForegroundSample> sampleForeground(std::span<const float> data, int64_t channels, const Shape3& shape,
                                               std::span<const int16_t> segmentation, int64_t draws,
                                               const RunOptions& run) {
  std::vector<ForegroundSample> samples(channels);
  const std::vector<int64_t> foreground = foregroundIndices(segmentation);
  if (foreground.empty()) return samples;
  if (foreground.size() > std::numeric_limits<uint32_t>::max()) {
    throw VoxelError("volume-too-large", "Volumes of more than 2^32 foreground voxels are not supported");
  }
  const auto last = static_cast<uint32_t>(foreground.size() - 1);
  const bool keepForeground = static_cast<int64_t>(foreground.size()) <= draws;
  RandomState random(kSeed);
  for (int64_t c = 0; c < channels; ++c) {
    run.throwIfCancelled();
    const float* channel = data.data() + c * voxelCount(shape);
    ForegroundSample& sample = samples[c];
    sample.draws = draws;
    if (keepForeground) {
      sample.generator = random;
      sample.values.reserve(foreground.size());
      for (const int64_t index : foreground) sample.values.push_back(channel[index]);
      if (c + 1 == channels) break;
      forDraws(random, last, draws, run, [](int64_t, uint32_t) {});
    } else {
      sample.values.resize(draws);
      forDraws(random, last, draws, run,
               [&](int64_t i, uint32_t drawn) { sample.values[i] = channel[foreground[drawn]]; });
    }
  }
  return samples;
}

namespace {

/// Float bits as an integer that orders like the value.
inline uint32_t orderedBits(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  return (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
}
inline float fromOrderedBits(uint32_t key) {
  return std::bit_cast<float>((key & 0x80000000u) != 0 ? key & 0x7fffffffu : ~key);
}

/// All draws of all cases, one after the other, in portions of at most 128.
class DrawReader {
 public:
  DrawReader(std::span<const ForegroundDraws> cases, const RunOptions& run) : cases_(cases), run_(run) {}

  void read(float* buffer, int64_t count) {
    for (int64_t filled = 0; filled < count;) {
      if (left_ == 0) open();
      const int64_t take = std::min(left_, count - filled);
      const ForegroundDraws& current = cases_[index_ - 1];
      if (random_) {
        uint32_t drawn[kPairwiseBlock];
        random_->fillBounded(std::span(drawn, take), last_);
        for (int64_t i = 0; i < take; ++i) buffer[filled + i] = current.values[drawn[i]];
      } else {
        std::copy_n(current.values.data() + (current.draws - left_), take, buffer + filled);
      }
      left_ -= take;
      filled += take;
    }
    if ((read_ += count) >= kCheckEvery) {
      read_ = 0;
      run_.throwIfCancelled();
    }
  }

 private:
  void open() {
    const ForegroundDraws& next = cases_[index_++];
    left_ = next.draws;
    random_ = next.generator;
    if (next.values.empty()) return;
    last_ = static_cast<uint32_t>(next.values.size() - 1);
  }

  std::span<const ForegroundDraws> cases_;
  const RunOptions& run_;
  size_t index_ = 0;
  int64_t left_ = 0;
  int64_t read_ = 0;
  uint32_t last_ = 0;
  std::optional<RandomState> random_;
};

/// The values at given ranks of the sorted draws, without sorting: counts of the upper halves of the bits, then of the
/// lower halves where a rank falls.
class RankSelection {
 public:
  RankSelection() : upper_(size_t{1} << 16, 0), slot_(size_t{1} << 16, -1) {}

  void countUpper(float value) { ++upper_[orderedBits(value) >> 16]; }

  void want(int64_t rank) { ranks_[rank]; }

  void prepareLower() {
    for (auto& [rank, found] : ranks_) {
      int64_t before = 0;
      uint32_t bin = 0;
      while (before + upper_[bin] <= rank) before += upper_[bin++];
      found.bin = bin;
      found.within = rank - before;
      if (slot_[bin] < 0) {
        slot_[bin] = static_cast<int8_t>(lower_.size());
        lower_.emplace_back(size_t{1} << 16, 0);
      }
    }
  }

  void countLower(float value) {
    const uint32_t key = orderedBits(value);
    const int slot = slot_[key >> 16];
    if (slot >= 0) ++lower_[slot][key & 0xffffu];
  }

  float at(int64_t rank) const {
    const Found& found = ranks_.at(rank);
    const std::vector<int64_t>& counts = lower_[slot_[found.bin]];
    int64_t before = 0;
    uint32_t low = 0;
    while (before + counts[low] <= found.within) before += counts[low++];
    return fromOrderedBits(found.bin << 16 | low);
  }

 private:
  struct Found {
    uint32_t bin = 0;
    int64_t within = 0;
  };
  std::vector<int64_t> upper_;
  std::vector<int8_t> slot_;
  std::vector<std::vector<int64_t>> lower_;
  std::map<int64_t, Found> ranks_;
};

/// np.percentile's place between two ranks.
struct Quantile {
  Quantile(double percent, int64_t count) {
    const double index = static_cast<double>(count - 1) * (percent / 100.0);
    low = static_cast<int64_t>(std::floor(index));
    high = std::min(low + 1, count - 1);
    share = index - std::floor(index);
  }
  template <class Value>
  double between(Value a, Value b) const {
    const double difference = b - a;
    if (share >= 0.5) return static_cast<double>(b) - difference * (1.0 - share);
    return static_cast<double>(a) + difference * share;
  }
  int64_t low;
  int64_t high;
  double share;
};

template <class Value>
IntensityProperties statistics(std::span<const ForegroundDraws> cases, int64_t count, const RunOptions& run) {
  IntensityProperties result;
  RankSelection selection;
  float min = std::numeric_limits<float>::infinity();
  float max = -min;
  float portion[kPairwiseBlock];

  DrawReader first(cases, run);
  const Value sum = numpySum<Value>(
      [&](Value* buffer, int64_t n) -> const Value* {
        first.read(portion, n);
        for (int64_t i = 0; i < n; ++i) {
          selection.countUpper(portion[i]);
          min = std::min(min, portion[i]);
          max = std::max(max, portion[i]);
          buffer[i] = portion[i];
        }
        return buffer;
      },
      count);
  const auto mean = static_cast<Value>(static_cast<double>(sum) / static_cast<double>(count));

  const Quantile low(0.5, count);
  const Quantile middle(50.0, count);
  const Quantile high(99.5, count);
  for (const Quantile& q : {low, middle, high}) {
    selection.want(q.low);
    selection.want(q.high);
  }
  selection.prepareLower();

  DrawReader second(cases, run);
  const Value squares = numpySum<Value>(
      [&](Value* buffer, int64_t n) -> const Value* {
        second.read(portion, n);
        for (int64_t i = 0; i < n; ++i) {
          selection.countLower(portion[i]);
          const Value deviation = static_cast<Value>(portion[i]) - mean;
          buffer[i] = deviation * deviation;
        }
        return buffer;
      },
      count);
  const auto variance = static_cast<Value>(static_cast<double>(squares) / static_cast<double>(count));
  const auto value = [&](const Quantile& q) {
    return q.between<Value>(static_cast<Value>(selection.at(q.low)), static_cast<Value>(selection.at(q.high)));
  };
  result.mean = mean;
  result.std = std::sqrt(variance);
  result.min = min;
  result.max = max;
  result.percentile_00_5 = value(low);
  result.median = value(middle);
  result.percentile_99_5 = value(high);
  return result;
}

}  // namespace

IntensityProperties intensityStatistics(std::span<const ForegroundDraws> cases, const RunOptions& run) {
  int64_t count = 0;
  bool allHaveForeground = true;
  for (const ForegroundDraws& one : cases) {
    count += one.draws;
    allHaveForeground = allHaveForeground && one.draws > 0;
  }
  if (count == 0) {
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    return {kNone, kNone, kNone, kNone, kNone, kNone, kNone};
  }
  if (allHaveForeground) {
    const IntensityProperties result = statistics<float>(cases, count, run);
    if (std::isfinite(result.mean) && std::isfinite(result.std)) return result;
  }
  return statistics<double>(cases, count, run);
}

}  // namespace nnunet::voxels
