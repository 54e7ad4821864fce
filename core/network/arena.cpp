#include "network/arena.h"

#include <algorithm>
#include <numeric>

namespace nnunet::network {
namespace {

int64_t aligned(int64_t bytes) {
  return (bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
}

bool meet(const LiveRange& a, const LiveRange& b) {
  return a.first <= b.last && b.first <= a.last;
}

}  // namespace

ArenaPlan placeInArena(const std::vector<LiveRange>& ranges) {
  ArenaPlan plan;
  plan.offsets.assign(ranges.size(), 0);
  std::vector<size_t> order(ranges.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return ranges[a].bytes > ranges[b].bytes; });
  std::vector<size_t> placed;  // by offset
  for (const size_t i : order) {
    const int64_t size = aligned(ranges[i].bytes);
    int64_t offset = 0;
    for (const size_t other : placed) {
      if (!meet(ranges[i], ranges[other])) continue;
      if (plan.offsets[other] - offset >= size) break;
      offset = std::max(offset, plan.offsets[other] + aligned(ranges[other].bytes));
    }
    plan.offsets[i] = offset;
    plan.bytes = std::max(plan.bytes, offset + size);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), i,
                                   [&](size_t a, size_t b) { return plan.offsets[a] < plan.offsets[b]; }),
                  i);
  }
  return plan;
}

}  // namespace nnunet::network
