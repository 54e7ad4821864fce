#include "voxels/label_values.h"

#include <array>
#include <bit>
#include <mutex>
#include <set>

namespace nnunet::voxels {

namespace {

constexpr int64_t kGrain = int64_t{1} << 20;
constexpr int64_t kLow = -65536;
constexpr int64_t kCount = 131072;

struct Seen {
  /// One bit for each of the common labels.
  std::array<uint64_t, kCount / 64> common{};
  std::set<int64_t> rare;
  bool nonInteger = false;
  bool nonFinite = false;

  void add(int64_t label) {
    if (label >= kLow && label < kLow + kCount) {
      const auto at = static_cast<uint64_t>(label - kLow);
      common[at / 64] |= uint64_t{1} << (at % 64);
    } else {
      rare.insert(label);
    }
  }
};

template <class Value>
void scan(std::span<const Value> values, Seen& seen) {
  for (size_t i = 0; i < values.size(); ++i) {
    const Value value = values[i];
    if (i > 0 && value == values[i - 1]) continue;
    const int64_t label = asLabel(value);
    if (label != kNoLabel) {
      seen.add(label);
    } else if constexpr (std::is_floating_point_v<Value>) {
      (std::isfinite(value) ? seen.nonInteger : seen.nonFinite) = true;
    }
  }
}

}  // namespace

LabelValues labelValues(const LabelArray& array, const RunOptions& run) {
  Seen all;
  std::mutex allMutex;
  parallelFor(sizeOf(array), kGrain, run, [&](int64_t begin, int64_t end) {
    Seen seen;
    std::visit([&](auto values) { scan(values.subspan(begin, end - begin), seen); }, array);
    const std::lock_guard lock(allMutex);
    for (size_t word = 0; word < all.common.size(); ++word) all.common[word] |= seen.common[word];
    all.rare.merge(seen.rare);
    all.nonInteger |= seen.nonInteger;
    all.nonFinite |= seen.nonFinite;
  });
  for (size_t word = 0; word < all.common.size(); ++word) {
    for (uint64_t rest = all.common[word]; rest != 0; rest &= rest - 1) {
      all.rare.insert(kLow + static_cast<int64_t>(word) * 64 + std::countr_zero(rest));
    }
  }
  return {{all.rare.begin(), all.rare.end()}, all.nonInteger, all.nonFinite};
}

}  // namespace nnunet::voxels
