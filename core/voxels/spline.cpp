#include "voxels/spline.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>

#include "voxels/axis.h"
#include "voxels/simd.h"

namespace nnunet::voxels {

namespace {

/// Lines that are filtered side by side.
constexpr int64_t kLanes = 32;
/// Pole of the cubic B-spline filter, and its gain.
const double kPole = std::sqrt(3.0) - 2.0;
const double kGain = (1.0 - kPole) * (1.0 - 1.0 / kPole);
/// |pole|^32 < 1e-18: what lies this far away no longer reaches a float64.
constexpr int64_t kReach = 32;

int64_t roundUp(int64_t value) {
  return (value + kLanes - 1) / kLanes * kLanes;
}

/// Which padded samples of a line are in a block, and whether they begin and end at the line's own ends.
struct Window {
  int64_t from;
  int64_t to;
  bool startsAtEnd;
  bool endsAtEnd;
  int64_t size() const { return to - from; }
};

Window wholeLine(const CubicAxis& axis) {
  return {0, axis.paddedSize(), true, true};
}

/// What is needed for outputs [begin, end).
Window windowFor(const CubicAxis& axis, int64_t begin, int64_t end) {
  const int64_t from = std::max<int64_t>(0, axis.first[begin] - kReach);
  const int64_t to = std::min(axis.paddedSize(), axis.first[end - 1] + 4 + kReach);
  return {from, to, from == 0, to == axis.paddedSize()};
}

/// Turns samples (window, kLanes), already multiplied by the gain, into B-spline coefficients.
NNUNET_SIMD void prefilter(double* __restrict samples, int64_t count, bool startsAtEnd, bool endsAtEnd, double pole) {
  double sum[kLanes];
  if (startsAtEnd) {
    // Mirror boundary: the sum over the infinitely extended line, up to the last term that counts.
    for (int64_t l = 0; l < kLanes; ++l) sum[l] = samples[l];
    double power = pole;
    const int64_t period = 2 * count - 2;
    for (int64_t k = 1; k < 2 * kReach; ++k, power *= pole) {
      int64_t at = endsAtEnd ? k % period : k;
      if (at >= count) at = endsAtEnd ? period - at : count - 1;
      for (int64_t l = 0; l < kLanes; ++l) sum[l] += power * samples[at * kLanes + l];
    }
  } else {
    for (int64_t l = 0; l < kLanes; ++l) sum[l] = samples[l] / (1.0 - pole);
  }
  for (int64_t l = 0; l < kLanes; ++l) samples[l] = sum[l];
  for (int64_t i = 1; i < count; ++i) {
    double* current = samples + i * kLanes;
    for (int64_t l = 0; l < kLanes; ++l) current[l] += pole * current[l - kLanes];
  }
  double* last = samples + (count - 1) * kLanes;
  if (endsAtEnd) {
    const double scale = pole / (pole * pole - 1.0);
    for (int64_t l = 0; l < kLanes; ++l) last[l] = (pole * last[l - kLanes] + last[l]) * scale;
  } else {
    for (int64_t l = 0; l < kLanes; ++l) last[l] = -pole * last[l] / (1.0 - pole);
  }
  for (int64_t i = count - 2; i >= 0; --i) {
    double* current = samples + i * kLanes;
    for (int64_t l = 0; l < kLanes; ++l) current[l] = pole * (current[l + kLanes] - current[l]);
  }
}

/// Outputs [begin, end) of the lines whose coefficients start at padded sample `from`; output o goes to out + (o -
/// begin)
/// * stride.
NNUNET_SIMD void evaluate(const double* __restrict coefficients, int64_t from, const int64_t* first,
                          const double* weights, int64_t begin, int64_t end, double* __restrict out, int64_t stride) {
  for (int64_t o = begin; o < end; ++o) {
    const double* tap = coefficients + (first[o] - from) * kLanes;
    const double* w = weights + 4 * o;
    double* target = out + (o - begin) * stride;
    for (int64_t l = 0; l < kLanes; ++l) {
      target[l] = w[0] * tap[l] + w[1] * tap[l + kLanes] + w[2] * tap[l + 2 * kLanes] + w[3] * tap[l + 3 * kLanes];
    }
  }
}

template <class Element>
NNUNET_INLINE void gatherRow(const Element* row, int64_t valid, double* __restrict samples, double gain) {
  if (valid == kLanes) {
    for (int64_t l = 0; l < kLanes; ++l) samples[l] = static_cast<double>(row[l]) * gain;
  } else {
    for (int64_t l = 0; l < valid; ++l) samples[l] = static_cast<double>(row[l]) * gain;
    for (int64_t l = valid; l < kLanes; ++l) samples[l] = 0.0;
  }
}

/// samples (window, kLanes) = gain * input rows, `stride` apart, of which `valid` lanes exist.
template <class Element>
void gather(const Element* in, int64_t stride, int64_t inSize, const Window& window, int64_t valid, double* samples) {
  for (int64_t i = window.from; i < window.to; ++i) {
    const int64_t at = std::clamp<int64_t>(i - kSplinePadding, 0, inSize - 1);
    gatherRow(in + at * stride, valid, samples + (i - window.from) * kLanes, kGain);
  }
}

/// The same for lines along the contiguous axis: lane l is row l. Four by four, so that whole cache lines are used.
void gatherTransposed(const double* in, int64_t stride, int64_t inSize, int64_t valid, double* samples) {
  double* body = samples + kSplinePadding * kLanes;
  for (int64_t x0 = 0; x0 < inSize; x0 += 8) {
    const int64_t x1 = std::min(inSize, x0 + 8);
    for (int64_t l = 0; l < valid; ++l) {
      for (int64_t x = x0; x < x1; ++x) body[x * kLanes + l] = in[l * stride + x] * kGain;
    }
  }
  for (int64_t x = 0; valid < kLanes && x < inSize; ++x) std::fill_n(body + x * kLanes + valid, kLanes - valid, 0.0);
  for (int64_t i = 0; i < kSplinePadding; ++i) {
    std::copy_n(body, kLanes, samples + i * kLanes);
    std::copy_n(body + (inSize - 1) * kLanes, kLanes, body + (inSize + i) * kLanes);
  }
}

struct Limits {
  double low;
  double high;
};

Limits limitsOf(const float* in, int64_t count, const RunOptions& run) {
  constexpr int64_t kGrain = int64_t{1} << 18;
  Limits limits{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  std::mutex limitsMutex;
  parallelFor(count, kGrain, run, [&](int64_t begin, int64_t end) {
    float low = std::numeric_limits<float>::infinity();
    float high = -low;
    for (int64_t i = begin; i < end; ++i) {
      low = in[i] < low ? in[i] : low;
      high = in[i] > high ? in[i] : high;
    }
    const std::lock_guard lock(limitsMutex);
    limits.low = std::min<double>(limits.low, low);
    limits.high = std::max<double>(limits.high, high);
  });
  return limits;
}

NNUNET_SIMD void clip(double* values, int64_t count, double low, double high) {
  for (int64_t i = 0; i < count; ++i) {
    const double value = values[i] < low ? low : values[i];
    values[i] = value > high ? high : value;
  }
}

/// Resamples rows and columns of slices of one geometry. One object a thread: it owns the scratch.
class PlaneSampler {
 public:
  PlaneSampler(const CubicAxis& rows, const CubicAxis& columns)
      : rows_(rows),
        columns_(columns),
        width_(roundUp(columns.inSize)),
        samples_(kLanes * std::max(rows.paddedSize(), columns.paddedSize())),
        plane_(roundUp(rows.outSize) * width_),
        evaluated_(kLanes * columns.outSize),
        row_(columns.outSize) {}

  /// @param in (rows, columns), rows `stride` apart
  template <class Element, class Sink>
  void resample(const Element* in, int64_t stride, const Limits& limits, Sink&& sink) {
    resampleRows(in, stride);
    for (int64_t y0 = 0; y0 < rows_.outSize; y0 += kLanes) {
      const int64_t valid = std::min(kLanes, rows_.outSize - y0);
      const double* block = plane_.data() + y0 * width_;
      if (!columns_.identity()) {
        gatherTransposed(block, width_, columns_.inSize, valid, samples_.data());
        const Window window = wholeLine(columns_);
        prefilter(samples_.data(), window.size(), true, true, kPole);
        evaluate(samples_.data(), 0, columns_.first.data(), columns_.weights.data(), 0, columns_.outSize,
                 evaluated_.data(), kLanes);
      }
      for (int64_t l = 0; l < valid; ++l) {
        if (columns_.identity()) {
          std::copy_n(block + l * width_, columns_.outSize, row_.data());
        } else {
          for (int64_t x = 0; x < columns_.outSize; ++x) row_[x] = evaluated_[x * kLanes + l];
        }
        clip(row_.data(), columns_.outSize, limits.low, limits.high);
        sink(y0 + l, row_.data());
      }
    }
  }

 private:
  template <class Element>
  void resampleRows(const Element* in, int64_t stride) {
    if (rows_.identity()) {
      for (int64_t y = 0; y < rows_.inSize; ++y) std::copy_n(in + y * stride, columns_.inSize, &plane_[y * width_]);
      return;
    }
    const Window window = wholeLine(rows_);
    for (int64_t x0 = 0; x0 < columns_.inSize; x0 += kLanes) {
      const int64_t valid = std::min(kLanes, columns_.inSize - x0);
      gather(in + x0, stride, rows_.inSize, window, valid, samples_.data());
      prefilter(samples_.data(), window.size(), true, true, kPole);
      evaluate(samples_.data(), 0, rows_.first.data(), rows_.weights.data(), 0, rows_.outSize, &plane_[x0], width_);
    }
  }

  const CubicAxis& rows_;
  const CubicAxis& columns_;
  int64_t width_;  ///< columns of plane_, padded to whole lanes
  std::vector<double> samples_;
  std::vector<double> plane_;      ///< after the rows: (rows.outSize, width_)
  std::vector<double> evaluated_;  ///< (columns.outSize, kLanes)
  std::vector<double> row_;
};

}  // namespace

CubicAxis::CubicAxis(int64_t inSize, int64_t outSize) : inSize(inSize), outSize(outSize) {
  if (identity()) return;
  for (int64_t o = 0; o < outSize; ++o) {
    const double at = inputCoordinate(o, inSize, outSize) + static_cast<double>(kSplinePadding);
    const double floor = std::floor(at);
    const double t = at - floor;
    const double z = 1.0 - t;
    const double w0 = z * z * z / 6.0;
    const double w1 = (t * t * (t - 2.0) * 3.0 + 4.0) / 6.0;
    const double w2 = (z * z * (z - 2.0) * 3.0 + 4.0) / 6.0;
    first.push_back(static_cast<int64_t>(floor) - 1);
    weights.insert(weights.end(), {w0, w1, w2, 1.0 - w0 - w1 - w2});
  }
}

void cubicPlane(const float* in, int64_t rows, int64_t columns, int64_t newRows, int64_t newColumns,
                const RowSink& sink) {
  const CubicAxis rowAxis(rows, newRows);
  const CubicAxis columnAxis(columns, newColumns);
  RunOptions alone;
  alone.threads = 1;
  const Limits limits = limitsOf(in, rows * columns, alone);
  PlaneSampler(rowAxis, columnAxis).resample(in, columns, limits, [&](int64_t y, const double* row) {
    sink(0, y, row);
  });
}

void cubicVolume(const float* in, const Shape3& shape, const Shape3& newShape, const RowSink& sink,
                 const RunOptions& run, int64_t slabBytes) {
  const CubicAxis axisZ(shape[0], newShape[0]);
  const CubicAxis axisY(shape[1], newShape[1]);
  const CubicAxis axisX(shape[2], newShape[2]);
  const Limits limits = limitsOf(in, voxelCount(shape), run);
  const int64_t planeSize = shape[1] * shape[2];

  if (axisZ.identity()) {
    parallelFor(shape[0], 1, run, [&](int64_t begin, int64_t end) {
      PlaneSampler sampler(axisY, axisX);
      for (int64_t z = begin; z < end; ++z) {
        sampler.resample(in + z * planeSize, shape[2], limits, [&](int64_t y, const double* row) { sink(z, y, row); });
      }
    });
    return;
  }
  // A slab of slices of the result at a time: first along z, then every slice. The filter's reach makes slabs overlap
  // by 2 * kReach input slices, which costs little as long as the slab is thick. The slab does not depend on the
  // threads.
  const int64_t width = roundUp(shape[2]);
  const int64_t sliceBytes = shape[1] * width * static_cast<int64_t>(sizeof(double));
  const int64_t slabSize = std::min(newShape[0], std::max<int64_t>(slabBytes / sliceBytes, 16));
  std::vector<double> slab(slabSize * shape[1] * width);
  for (int64_t z0 = 0; z0 < newShape[0]; z0 += slabSize) {
    const int64_t z1 = std::min(newShape[0], z0 + slabSize);
    const Window window = windowFor(axisZ, z0, z1);
    parallelFor(shape[1], 8, run, [&](int64_t begin, int64_t end) {
      std::vector<double> samples(window.size() * kLanes);
      for (int64_t y = begin; y < end; ++y) {
        for (int64_t x0 = 0; x0 < shape[2]; x0 += kLanes) {
          const int64_t valid = std::min(kLanes, shape[2] - x0);
          gather(in + y * shape[2] + x0, planeSize, shape[0], window, valid, samples.data());
          prefilter(samples.data(), window.size(), window.startsAtEnd, window.endsAtEnd, kPole);
          evaluate(samples.data(), window.from, axisZ.first.data(), axisZ.weights.data(), z0, z1, &slab[y * width + x0],
                   shape[1] * width);
        }
      }
    });
    parallelFor(z1 - z0, 4, run, [&](int64_t begin, int64_t end) {
      PlaneSampler sampler(axisY, axisX);
      for (int64_t i = begin; i < end; ++i) {
        sampler.resample(&slab[i * shape[1] * width], width, limits,
                         [&](int64_t y, const double* row) { sink(z0 + i, y, row); });
      }
    });
  }
}

void cubicAlongFirstAxis(const double* in, double* out, int64_t count, const CubicAxis& axis, const RunOptions& run) {
  if (axis.identity()) {
    std::copy_n(in, count * axis.inSize, out);
    return;
  }
  const Window window = wholeLine(axis);
  parallelFor((count + kLanes - 1) / kLanes, 16, run, [&](int64_t begin, int64_t end) {
    std::vector<double> samples(window.size() * kLanes);
    std::vector<double> evaluated(axis.outSize * kLanes);
    for (int64_t tile = begin; tile < end; ++tile) {
      const int64_t x0 = tile * kLanes;
      const int64_t valid = std::min(kLanes, count - x0);
      gather(in + x0, count, axis.inSize, window, valid, samples.data());
      prefilter(samples.data(), window.size(), true, true, kPole);
      evaluate(samples.data(), 0, axis.first.data(), axis.weights.data(), 0, axis.outSize, evaluated.data(), kLanes);
      for (int64_t o = 0; o < axis.outSize; ++o) std::copy_n(&evaluated[o * kLanes], valid, out + o * count + x0);
    }
  });
}

}  // namespace nnunet::voxels
