#include "trainer/data/crop.h"

#include <algorithm>

namespace nnunet::data {
namespace {

template <class S, class T>
void cropValues(const S* source, const Shape& shape, const Shape& start, const augment::Grid<T>& target, T fill) {
  const Shape& size = target.shape;
  Shape low{}, high{};  // of the target that the source covers
  for (int axis = 0; axis < 3; ++axis) {
    low[axis] = std::clamp<int64_t>(-start[axis], 0, size[axis]);
    high[axis] = std::clamp<int64_t>(shape[axis] - start[axis], 0, size[axis]);
    if (low[axis] >= high[axis]) {
      std::fill_n(target.data, target.size(), T{0});
      return;
    }
  }
  for (int64_t c = 0; c < target.channels; ++c)
    for (int64_t z = 0; z < size[0]; ++z)
      for (int64_t y = 0; y < size[1]; ++y) {
        T* row = target.channel(c) + (z * size[1] + y) * size[2];
        if (z < low[0] || z >= high[0] || y < low[1] || y >= high[1]) {
          std::fill_n(row, size[2], fill);
          continue;
        }
        const S* from = source + (((c * shape[0] + z + start[0]) * shape[1] + y + start[1]) * shape[2] + start[2]);
        std::fill_n(row, low[2], fill);
        for (int64_t x = low[2]; x < high[2]; ++x) row[x] = static_cast<T>(from[x]);
        std::fill_n(row + high[2], size[2] - high[2], fill);
      }
}

}  // namespace

template <class T>
void cropBox(const NpyFile& source, const Shape& shape, const Shape& start, const augment::Grid<T>& target, T fill) {
  switch (source.type()) {
    case NpyType::Float32:
      return cropValues(source.values<float>().data(), shape, start, target, fill);
    case NpyType::Int32:
      return cropValues(source.values<int32_t>().data(), shape, start, target, fill);
    case NpyType::Int16:
      return cropValues(source.values<int16_t>().data(), shape, start, target, fill);
    case NpyType::Int8:
      return cropValues(source.values<int8_t>().data(), shape, start, target, fill);
    case NpyType::Uint8:
      return cropValues(source.values<uint8_t>().data(), shape, start, target, fill);
  }
}

template void cropBox(const NpyFile&, const Shape&, const Shape&, const augment::Grid<float>&, float);
template void cropBox(const NpyFile&, const Shape&, const Shape&, const augment::Grid<int16_t>&, int16_t);

}  // namespace nnunet::data
