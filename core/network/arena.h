/** Where each value lies in the one piece of memory that a network works in, so that values that never meet share it.
 */
#pragma once

#include <cstdint>
#include <vector>

namespace nnunet::network {

/** A value's size in bytes, and the first and last step that touch it. */
struct LiveRange {
  int64_t bytes;
  int first, last;
};

struct ArenaPlan {
  std::vector<int64_t> offsets;  ///< bytes, per range; multiples of kArenaAlignment
  int64_t bytes = 0;             ///< of the whole arena: exactly what is allocated
};

constexpr int64_t kArenaAlignment = 64;

/** Largest values first, each at the lowest place where none lies that lives at the same time. O(n^2) for n values. */
ArenaPlan placeInArena(const std::vector<LiveRange>& ranges);

}  // namespace nnunet::network
