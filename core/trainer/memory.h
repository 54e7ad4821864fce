/**
 * Memory for tensors on the CPU: freed blocks are kept and given out again, and large blocks lie on huge pages.
 *
 * A training step allocates and frees the same few gigabytes every second. The system's allocator gives them back to
 * the kernel each time, which costs a page fault and a zeroed page for every 4 KiB: a quarter of the time of a step.
 */
#pragma once

#include <cstddef>

namespace nnunet {

/** Makes the caching allocator LibTorch's allocator for the CPU. Call once, before the first tensor. */
void useCachingAllocator();

/**
 * Gives the kept blocks that no tensor lives in back to the system. Call where the sizes change, after each case of a
 * prediction: blocks of one case's sizes are of no use to the next, and would add up until the memory is full.
 */
void releaseCachedMemory();

/** Bytes that the caching allocator has from the system, and the most it had since `startMeasuringMemory`. */
struct HeldMemory {
  size_t bytes, highest;
};
HeldMemory heldMemory();
void startMeasuringMemory();

}  // namespace nnunet
