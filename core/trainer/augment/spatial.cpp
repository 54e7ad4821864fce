#include "trainer/augment/spatial.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "trainer/augment/elastic.h"
#include "trainer/augment/label_sampling.h"

namespace nnunet::augment {
namespace {

using Matrix = std::array<std::array<double, 3>, 3>;

Matrix product(const Matrix& a, const Matrix& b) {
  Matrix result{};
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 3; ++k) result[i][j] += a[i][k] * b[k][j];
  return result;
}

Matrix rotation(const std::array<double, 3>& angles) {
  const double c0 = std::cos(angles[0]), s0 = std::sin(angles[0]);
  const double c1 = std::cos(angles[1]), s1 = std::sin(angles[1]);
  const double c2 = std::cos(angles[2]), s2 = std::sin(angles[2]);
  const Matrix rx{{{1, 0, 0}, {0, c0, -s0}, {0, s0, c0}}};
  const Matrix ry{{{c1, 0, s1}, {0, 1, 0}, {-s1, 0, c1}}};
  const Matrix rz{{{c2, -s2, 0}, {s2, c2, 0}, {0, 0, 1}}};
  return product(product(rz, ry), rx);
}

// Whether a position lies beyond the outer voxels' centres, tested on all axes with the bound of the smallest one.
bool leavesInput(const GridRows& rows, int dims, bool straight, const Shape& input, const Shape& output,
                 PositionRow& row) {
  double bound = 1;
  for (int axis = 3 - dims; axis < 3; ++axis) bound = std::min(bound, 1 - 1 / static_cast<double>(input[axis]));
  // Straight rows in parallel planes: the extremes lie at the corners.
  const auto step = [&](int64_t size) { return straight ? std::max<int64_t>(size - 1, 1) : 1; };
  for (int64_t z = 0; z < (dims == 3 ? output[0] : 1); z += step(output[0]))
    for (int64_t y = 0; y < output[1]; y += step(output[1])) {
      rows(z, y, row);
      for (int axis = 3 - dims; axis < 3; ++axis) {
        const auto [low, high] = std::minmax_element(row.position[axis], row.position[axis] + row.length);
        if (*high > bound || *low < -bound) return true;
      }
    }
  return false;
}

}  // namespace

SpatialParameters spatialParameters(int dims, const std::array<double, 3>& angles,
                                    const std::array<double, 3>& scales) {
  SpatialParameters parameters;
  parameters.dims = dims;
  parameters.interpolates = true;
  if (dims == 3) {
    parameters.matrix = rotation(angles);
  } else {
    const double c = std::cos(angles[2]), s = std::sin(angles[2]);
    parameters.matrix = {{{1, 0, 0}, {0, c, -s}, {0, s, c}}};
  }
  for (auto& row : parameters.matrix)
    for (int axis = 0; axis < 3; ++axis) row[axis] *= scales[axis];
  if (dims == 2) parameters.matrix[0][0] = 1;
  return parameters;
}

SpatialParameters drawSpatial(Random& random, const AugmentSettings& settings, int dims, const Shape& patch) {
  const bool rotates = random.chance(settings.rotationProbability);
  const bool scales = random.chance(settings.scalingProbability);
  const bool deforms = settings.elastic && random.chance(settings.elasticSettings.probability);
  std::array<double, 3> angles{};
  const double largest = settings.rotationDegrees / 180 * std::numbers::pi;
  if (rotates)
    for (int axis = 3 - dims; axis < 3; ++axis) {
      angles[axis] = random.uniform({-largest, largest});
      const double probability = settings.rotationAxisProbability;
      if (probability < 1 && !random.chance(probability)) angles[axis] = 0;
    }
  std::array<double, 3> factors{1, 1, 1};
  if (scales) {
    factors.fill(random.uniform(settings.scaling));
    for (int axis = 4 - dims; axis < 3 && settings.scalesPerAxis; ++axis)
      factors[axis] = random.uniform(settings.scaling);
  }

  SpatialParameters parameters = spatialParameters(dims, angles, factors);
  parameters.interpolates = rotates || scales || deforms;
  parameters.nearestLabels = settings.nearestLabels;
  if (deforms) {
    parameters.elastic.active = true;
    parameters.elastic.key = random.bits();
    const double share = random.uniform(settings.elasticSettings.scale);
    for (int axis = 3 - dims; axis < 3; ++axis) {
      parameters.elastic.sigma[axis] = share * static_cast<double>(patch[axis]);
      parameters.elastic.magnitude[axis] =
          parameters.elastic.sigma[axis] * random.uniform(settings.elasticSettings.magnitude);
    }
  }
  return parameters;
}

void applySpatial(const Sample& input, const SpatialParameters& parameters, const Sample& output,
                  Workspace& workspace) {
  if (!parameters.interpolates) {
    cropCenter<float>(input.image, output.image, 0.0f);
    cropCenter<int16_t>(input.segmentation, output.segmentation, int16_t{-1});
    return;
  }
  if (parameters.elastic.active)
    elasticDisplacement(parameters.elastic, parameters.dims, output.image.shape, workspace);
  sampleGrid(input, parameters.dims, gridRows(parameters, input.image.shape, output.image.shape, workspace),
             !parameters.elastic.active, output, workspace, parameters.nearestLabels);
}

GridRows gridRows(const SpatialParameters& parameters, const Shape& in, const Shape& out, const Workspace& workspace) {
  return [&parameters, &workspace, in, out](int64_t z, int64_t y, PositionRow& row) {
    const int firstAxis = 3 - parameters.dims;
    const auto offset = [&](int64_t index, int axis) {
      return static_cast<float>(index) - static_cast<float>(out[axis] - 1) / 2;
    };
    for (int axis = firstAxis; axis < 3; ++axis) {
      float factor[3];
      for (int from = 0; from < 3; ++from) factor[from] = static_cast<float>(parameters.matrix[axis][from]);
      const float start =
          parameters.dims == 3 ? std::fma(offset(y, 1), factor[1], offset(z, 0) * factor[0]) : offset(y, 1) * factor[1];
      float* line = row.position[axis];
      fillLine(start, factor[2], offset(0, 2), out[2], line);
      if (parameters.elastic.active) {
        const int64_t volume = parameters.dims == 3 ? voxels(out) : out[1] * out[2];
        const float* displacement =
            workspace.displacement.data() + ((parameters.dims == 3 ? z * out[1] : 0) + y) * out[2];
        for (int from = firstAxis; from < 3; ++from)
          addScaled(displacement + (from - firstAxis) * volume, factor[from], out[2], line);
      }
      divideLine(static_cast<float>(in[axis]) / 2, out[2], line);
    }
  };
}

void sampleGrid(const Sample& input, int dims, const GridRows& rows, bool straight, const Sample& output,
                Workspace& workspace, bool nearestLabels) {
  const Shape in = input.image.shape, out = output.image.shape;
  PositionRow row(out[2], workspace);
  const bool continued = !nearestLabels && leavesInput(rows, dims, straight, in, out, row);
  const int64_t plane = in[1] * in[2];
  std::vector<LabelChoice> choices(input.segmentation.channels, LabelChoice{.nearest = nearestLabels});
  for (int64_t z = 0; z < out[0]; ++z) {
    const int64_t source = dims == 3 ? 0 : z * plane;
    if ((dims == 2 || z == 0) && !nearestLabels)
      for (int64_t c = 0; c < input.segmentation.channels; ++c)
        choices[c] = labelChoice(input.segmentation.channel(c) + source, dims == 3 ? in[0] * plane : plane, continued);
    for (int64_t y = 0; y < out[1]; ++y) {
      rows(z, y, row);
      locate(row, dims, in, straight);
      const int64_t target = (z * out[1] + y) * out[2];
      for (int64_t c = 0; c < input.image.channels; ++c)
        sampleImage(row, dims, input.image.channel(c) + source, in, output.image.channel(c) + target);
      for (int64_t c = 0; c < input.segmentation.channels; ++c)
        sampleLabels(row, dims, input.segmentation.channel(c) + source, in, choices[c],
                     output.segmentation.channel(c) + target);
    }
  }
}

template <class T>
void cropCenter(const Grid<const T>& input, const Grid<T>& output, T fill) {
  const Shape in = input.shape, out = output.shape;
  Shape start{}, low{}, high{};  // of the output that the input covers
  for (int axis = 0; axis < 3; ++axis) {
    start[axis] = in[axis] / 2 - out[axis] / 2;
    low[axis] = std::clamp<int64_t>(-start[axis], 0, out[axis]);
    high[axis] = std::clamp<int64_t>(in[axis] - start[axis], low[axis], out[axis]);
  }
  for (int64_t c = 0; c < output.channels; ++c)
    for (int64_t z = 0; z < out[0]; ++z)
      for (int64_t y = 0; y < out[1]; ++y) {
        T* row = output.channel(c) + (z * out[1] + y) * out[2];
        if (z < low[0] || z >= high[0] || y < low[1] || y >= high[1]) {
          std::fill_n(row, out[2], fill);
          continue;
        }
        const T* from = input.channel(c) + ((z + start[0]) * in[1] + y + start[1]) * in[2] + start[2];
        std::fill_n(row, low[2], fill);
        std::copy(from + low[2], from + high[2], row + low[2]);
        std::fill_n(row + high[2], out[2] - high[2], fill);
      }
}

template void cropCenter(const Grid<const float>&, const Grid<float>&, float);
template void cropCenter(const Grid<const int16_t>&, const Grid<int16_t>&, int16_t);

}  // namespace nnunet::augment
