/**
 * Memory for tensors on the CPU: freed blocks are kept and given out again, and large blocks lie on huge pages.
 *
 * A training step allocates and frees the same few gigabytes every second. The system's allocator gives them back to
 * the kernel each time, which costs a page fault and a zeroed page for every 4 KiB: a quarter of the time of a step.
 */
#pragma once

namespace nnunet {

/** Makes the caching allocator LibTorch's allocator for the CPU. Call once, before the first tensor. */
void useCachingAllocator();

}  // namespace nnunet
