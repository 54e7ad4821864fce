/** Copies a box out of a mapped volume. */
#pragma once

#include "trainer/data/case_store.h"

namespace nnunet::data {

/**
 * target = source[start, start + target.shape), all channels, with `fill` where the box sticks out. A box that misses
 * the volume altogether is all 0, as in nnU-Net.
 * @param source  (channels,) z, y, x; its last three extents are `shape`
 */
template <class T>
void cropBox(const NpyFile& source, const Shape& shape, const Shape& start, const augment::Grid<T>& target, T fill);
extern template void cropBox(const NpyFile&, const Shape&, const Shape&, const augment::Grid<float>&, float);
extern template void cropBox(const NpyFile&, const Shape&, const Shape&, const augment::Grid<int16_t>&, int16_t);

}  // namespace nnunet::data
