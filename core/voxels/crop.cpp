#include "voxels/crop.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <vector>

namespace nnunet::voxels {

namespace {

bool anyNonzero(const float* row, int64_t count) {
  bool found = false;
  for (int64_t i = 0; i < count; ++i) found |= row[i] != 0.0f;
  return found;
}

}  // namespace

Box3 nonzeroBox(std::span<const float> data, int64_t channels, const Shape3& shape, const RunOptions& run) {
  const Box3 full{{0, 0, 0}, shape};
  Box3 box{shape, {0, 0, 0}};
  std::mutex boxMutex;
  parallelFor(shape[0], 1, run, [&](int64_t begin, int64_t end) {
    Box3 local{shape, {0, 0, 0}};
    for (int64_t z = begin; z < end; ++z) {
      for (int64_t channel = 0; channel < channels; ++channel) {
        for (int64_t y = 0; y < shape[1]; ++y) {
          const float* row = data.data() + ((channel * shape[0] + z) * shape[1] + y) * shape[2];
          if (!anyNonzero(row, shape[2])) continue;
          const float* first = std::find_if(row, row + shape[2], [](float value) { return value != 0.0f; });
          int64_t last = shape[2] - 1;
          while (row[last] == 0.0f) --last;
          const Shape3 low{z, y, first - row};
          const Shape3 high{z + 1, y + 1, last + 1};
          for (int i = 0; i < 3; ++i) {
            local.low[i] = std::min(local.low[i], low[i]);
            local.high[i] = std::max(local.high[i], high[i]);
          }
        }
      }
    }
    const std::lock_guard lock(boxMutex);
    for (int i = 0; i < 3; ++i) {
      box.low[i] = std::min(box.low[i], local.low[i]);
      box.high[i] = std::max(box.high[i], local.high[i]);
    }
  });
  return box.high[0] == 0 ? full : box;
}

void cropImage(std::span<const float> data, int64_t channels, const Shape3& shape, const Box3& box,
               std::span<float> out, const RunOptions& run) {
  const Shape3 size = box.shape();
  parallelFor(channels * size[0], 1, run, [&](int64_t begin, int64_t end) {
    for (int64_t plane = begin; plane < end; ++plane) {
      const int64_t channel = plane / size[0];
      const int64_t z = box.low[0] + plane % size[0];
      for (int64_t y = 0; y < size[1]; ++y) {
        const int64_t from = ((channel * shape[0] + z) * shape[1] + box.low[1] + y) * shape[2] + box.low[2];
        std::copy_n(data.data() + from, size[2], out.data() + (plane * size[1] + y) * size[2]);
      }
    }
  });
}

namespace {

/// One bit per voxel, rows padded to whole words.
class BitVolume {
 public:
  explicit BitVolume(const Shape3& shape) : words_((shape[2] + 63) / 64), bits_(shape[0] * shape[1] * words_, 0) {}
  uint64_t* row(int64_t index) { return bits_.data() + index * words_; }
  int64_t words() const { return words_; }

 private:
  int64_t words_;
  std::vector<uint64_t> bits_;
};

/// Spreads `seed` along x through neighbouring bits of `open`, both ways.
void floodRow(uint64_t* seed, const uint64_t* open, int64_t words) {
  uint64_t carry = 0;
  for (int64_t w = 0; w < words; ++w) {
    uint64_t flood = seed[w] | (carry & open[w]);
    uint64_t pass = open[w];
    for (int step = 1; step < 64; step *= 2) {
      flood |= pass & flood << step;
      pass &= pass << step;
    }
    seed[w] = flood;
    carry = flood >> 63;
  }
  carry = 0;
  for (int64_t w = words - 1; w >= 0; --w) {
    uint64_t flood = seed[w] | (carry & open[w]);
    uint64_t pass = open[w];
    for (int step = 1; step < 64; step *= 2) {
      flood |= pass & flood >> step;
      pass &= pass >> step;
    }
    seed[w] = flood;
    carry = flood << 63;
  }
}

/// Background that is 6-connected to the border of the volume. `open` has a bit where a voxel is background.
BitVolume outside(BitVolume& open, const Shape3& shape, const RunOptions& run) {
  BitVolume reached(shape);
  const int64_t words = open.words();
  const int64_t rows = shape[0] * shape[1];
  const int64_t last = shape[2] - 1;
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t z = r / shape[1];
    const int64_t y = r % shape[1];
    const bool face = z == 0 || z == shape[0] - 1 || y == 0 || y == shape[1] - 1;
    if (face) {
      std::copy_n(open.row(r), words, reached.row(r));
    } else {
      reached.row(r)[0] |= open.row(r)[0] & 1u;
      reached.row(r)[last / 64] |= open.row(r)[last / 64] & uint64_t{1} << last % 64;
    }
  }
  std::deque<int64_t> queue;
  std::vector<bool> queued(rows, true);
  for (int64_t r = 0; r < rows; ++r) queue.push_back(r);
  for (int64_t handled = 0; !queue.empty(); ++handled) {
    if (handled % 65536 == 0) run.throwIfCancelled();
    const int64_t r = queue.front();
    queue.pop_front();
    queued[r] = false;
    floodRow(reached.row(r), open.row(r), words);
    const auto spread = [&](int64_t neighbour) {
      uint64_t added = 0;
      for (int64_t w = 0; w < words; ++w) {
        const uint64_t more = reached.row(r)[w] & open.row(neighbour)[w] & ~reached.row(neighbour)[w];
        reached.row(neighbour)[w] |= more;
        added |= more;
      }
      if (added != 0 && !queued[neighbour]) {
        queued[neighbour] = true;
        queue.push_back(neighbour);
      }
    };
    const int64_t z = r / shape[1];
    const int64_t y = r % shape[1];
    if (y > 0) spread(r - 1);
    if (y + 1 < shape[1]) spread(r + 1);
    if (z > 0) spread(r - shape[1]);
    if (z + 1 < shape[0]) spread(r + shape[1]);
  }
  return reached;
}

}  // namespace

void cropSegmentation(std::span<const float> data, int64_t channels, const Shape3& shape,
                      std::span<const int16_t> segmentation, const Box3& box, std::span<int16_t> out,
                      const RunOptions& run) {
  const Shape3 size = box.shape();
  const auto source = [&](int64_t channel, int64_t z, int64_t y) {
    return ((channel * shape[0] + box.low[0] + z) * shape[1] + box.low[1] + y) * shape[2] + box.low[2];
  };
  // Everything around the box is background, so the faces of the box are where the outside begins.
  BitVolume open(size);
  parallelFor(size[0], 1, run, [&](int64_t begin, int64_t end) {
    for (int64_t z = begin; z < end; ++z) {
      for (int64_t y = 0; y < size[1]; ++y) {
        uint64_t* bits = open.row(z * size[1] + y);
        for (int64_t x = 0; x < size[2]; ++x) bits[x / 64] |= uint64_t{1} << x % 64;
        for (int64_t channel = 0; channel < channels; ++channel) {
          const float* row = data.data() + source(channel, z, y);
          for (int64_t x = 0; x < size[2]; ++x) bits[x / 64] &= ~(uint64_t{row[x] != 0.0f} << x % 64);
        }
      }
    }
  });
  BitVolume reached = outside(open, size, run);
  parallelFor(size[0], 1, run, [&](int64_t begin, int64_t end) {
    for (int64_t z = begin; z < end; ++z) {
      for (int64_t y = 0; y < size[1]; ++y) {
        const uint64_t* bits = reached.row(z * size[1] + y);
        int16_t* target = out.data() + (z * size[1] + y) * size[2];
        if (segmentation.empty()) {
          std::fill_n(target, size[2], int16_t{0});
        } else {
          std::copy_n(segmentation.data() + source(0, z, y), size[2], target);
        }
        for (int64_t x = 0; x < size[2]; ++x) {
          if (target[x] == 0 && (bits[x / 64] >> x % 64 & 1u) != 0) target[x] = -1;
        }
      }
    }
  });
}

}  // namespace nnunet::voxels
