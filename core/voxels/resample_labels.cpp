#include <algorithm>
#include <set>
#include <vector>

#include "voxels/corners.h"
#include "voxels/error.h"
#include "voxels/resample.h"
#include "voxels/resample_corners.h"
#include "voxels/slices.h"
#include "voxels/spline.h"

namespace nnunet::voxels {

namespace {

void resampleLabelCorners(const int16_t* in, int16_t* out, const ResampleGeometry& geometry,
                          const CornerSampler& sampler, const RunOptions& run) {
  const Shape3& size = geometry.newShape;
  const int64_t volume = voxelCount(geometry.shape);
  parallelFor(geometry.channels * size[0], 1, run, [&](int64_t begin, int64_t end) {
    CornerSampler::Scratch scratch;
    for (int64_t plane = begin; plane < end; ++plane) {
      for (int64_t y = 0; y < size[1]; ++y) {
        sampler.labelRow(in + plane / size[0] * volume, plane % size[0], y, out + (plane * size[1] + y) * size[2],
                         scratch);
      }
    }
  });
}

std::set<int16_t> labelsOf(const int16_t* in, int64_t count) {
  std::set<int16_t> labels;
  int16_t previous = 0;
  for (int64_t i = 0; i < count; ++i) {
    if (i == 0 || in[i] != previous) labels.insert(in[i]);
    previous = in[i];
  }
  return labels;
}

/// Order 3: the indicator of every label is resampled, in ascending order. Not nnU-Net's default.
void resampleLabelCubic(const int16_t* in, int16_t* out, const Shape3& shape, const Shape3& newShape,
                        const RunOptions& run) {
  const int64_t count = voxelCount(shape);
  const int64_t newCount = voxelCount(newShape);
  const std::set<int16_t> labels = labelsOf(in, count);
  if (labels.size() == 1) {
    std::fill_n(out, newCount, *labels.begin());
    return;
  }
  ResampleGeometry geometry;
  geometry.shape = shape;
  geometry.newShape = newShape;
  std::vector<int16_t> nearest(newCount);
  resampleLabelCorners(in, nearest.data(), geometry, cornerSampler(geometry, 0, std::nullopt), run);
  std::vector<double> most(newCount, -1.0);
  std::vector<double> ofNearest(newCount);
  std::vector<float> indicator(count);
  for (const int16_t label : labels) {
    std::transform(in, in + count, indicator.begin(), [&](int16_t value) { return value == label ? 1.0f : 0.0f; });
    cubicVolume(
        indicator.data(), shape, newShape,
        [&](int64_t z, int64_t y, const double* row) {
          const int64_t start = (z * newShape[1] + y) * newShape[2];
          for (int64_t x = 0; x < newShape[2]; ++x) {
            const int64_t i = start + x;
            if (row[x] > most[i]) {
              most[i] = row[x];
              out[i] = label;
            }
            if (nearest[i] == label) ofNearest[i] = row[x];
          }
        },
        run);
  }
  for (int64_t i = 0; i < newCount; ++i) {
    if (ofNearest[i] == most[i]) out[i] = nearest[i];
  }
}

/// Slices across `axis` of `geometry`, resampled in their plane: (slices, rows, columns).
std::vector<int16_t> resampleSlices(const int16_t* in, const ResampleGeometry& geometry, int axis, int order,
                                    const RunOptions& run) {
  const SliceAxes axes = sliceAxes(axis);
  const Shape3 plane{1, geometry.shape[axes.rows], geometry.shape[axes.columns]};
  const Shape3 newPlane{1, geometry.newShape[axes.rows], geometry.newShape[axes.columns]};
  std::vector<int16_t> slice(voxelCount(plane));
  std::vector<int16_t> stack(voxelCount(geometry.shape[axis], newPlane));
  for (int64_t i = 0; i < geometry.shape[axis]; ++i) {
    readSlice(in, geometry.shape, axis, i, slice.data());
    int16_t* target = &stack[i * voxelCount(newPlane)];
    ResampleGeometry inPlane;
    inPlane.shape = plane;
    inPlane.newShape = newPlane;
    if (plane == newPlane) {
      std::copy(slice.begin(), slice.end(), target);
    } else if (order == 3) {
      resampleLabelCubic(slice.data(), target, plane, newPlane, run);
    } else {
      resampleLabelCorners(slice.data(), target, inPlane, cornerSampler(inPlane, order, std::nullopt), run);
    }
  }
  return stack;
}

/// Between slices: the label whose share is above a half, else 0; later labels win.
void labelsBetween(const int16_t* low, const int16_t* high, double lowWeight, double highWeight, int64_t count,
                   int16_t* out) {
  for (int64_t i = 0; i < count; ++i) {
    if (low[i] == high[i]) {
      out[i] = low[i];
    } else {
      out[i] = lowWeight > 0.5 ? low[i] : highWeight > 0.5 ? high[i] : int16_t{0};
    }
  }
}

void resampleLabelSlices(const int16_t* in, int16_t* out, const ResampleGeometry& geometry, int axis,
                         const ResampleSettings& settings, const RunOptions& run) {
  if (settings.orderZ == 3) {
    throw VoxelError("unsupported-order", "Label maps cannot be resampled with order_z 3: use 0 or 1");
  }
  const SliceAxes axes = sliceAxes(axis);
  const int64_t columns = geometry.newShape[axes.columns];
  const int64_t planeSize = geometry.newShape[axes.rows] * columns;
  const std::vector<int16_t> stack = resampleSlices(in, geometry, axis, settings.order, run);
  const bool nearest = settings.orderZ == 0 || geometry.shape[axis] == geometry.newShape[axis];
  const LinearAxis along = nearest ? nearestAxis(geometry.shape[axis], geometry.newShape[axis])
                                   : linearAxis(geometry.shape[axis], geometry.newShape[axis]);
  std::vector<int16_t> plane(planeSize);
  for (int64_t o = 0; o < geometry.newShape[axis]; ++o) {
    run.throwIfCancelled();
    labelsBetween(&stack[along.low[o] * planeSize], &stack[along.high[o] * planeSize], along.lowWeight[o],
                  along.highWeight[o], planeSize, plane.data());
    for (int64_t r = 0; r < geometry.newShape[axes.rows]; ++r) {
      const SliceRow at = sliceRow(geometry.newShape, axis, o, r);
      for (int64_t c = 0; c < columns; ++c) out[at.offset + c * at.stride] = plane[r * columns + c];
    }
  }
}

}  // namespace

void resampleLabels(std::span<const int16_t> in, std::span<int16_t> out, const ResampleGeometry& geometry,
                    const ResampleSettings& settings, const RunOptions& run) {
  if (geometry.shape == geometry.newShape && in.size() == out.size()) {
    std::copy(in.begin(), in.end(), out.begin());
    return;
  }
  if (voxelCount(geometry.channels, geometry.shape) == 0 && in.empty()) {
    std::fill(out.begin(), out.end(), int16_t{0});
    return;
  }
  checkResampling(in.size(), out.size(), geometry, settings);
  const std::optional<int> separate = separateAxis(geometry.spacing, geometry.newSpacing, settings.forceSeparateZ);
  if (usesCorners(settings, separate)) {
    const CornerSampler sampler = cornerSampler(geometry, settings.order, separate);
    return resampleLabelCorners(in.data(), out.data(), geometry, sampler, run);
  }
  for (int64_t c = 0; c < geometry.channels; ++c) {
    const int16_t* from = in.data() + c * voxelCount(geometry.shape);
    int16_t* to = out.data() + c * voxelCount(geometry.newShape);
    if (separate) {
      resampleLabelSlices(from, to, geometry, *separate, settings, run);
    } else {
      resampleLabelCubic(from, to, geometry.shape, geometry.newShape, run);
    }
  }
}

}  // namespace nnunet::voxels
