#include "network/normalization.h"

#include <cmath>

#include "network/kernels/normalization.h"

namespace nnunet::network {
namespace {

using kernels::ChannelTerms;

/** Voxels that one piece works on, at least: small enough for the cache. */
constexpr int64_t kPiece = 2048;

/** Lines along x of a volume, in pieces that belong to one sample each. */
struct Lines {
  int64_t samples, height, perSample, perPiece, pieces;  ///< pieces of one sample

  template <class AnyVolume>
  explicit Lines(const AnyVolume& volume) : Lines(volume.samples, volume.extent) {}
  Lines(int64_t samples, const Axes& extent)
      : samples(samples),
        height(extent[1]),
        perSample(extent[0] * extent[1]),
        perPiece((kPiece + extent[2] - 1) / extent[2]),
        pieces((perSample + perPiece - 1) / perPiece) {}

  /** Calls body(piece, worker, sample, z, y) for each line; the lines of one piece on one thread, in order. */
  template <class Body>
  void forEach(ThreadPool& pool, const Body& body) const {
    pool.run(samples * pieces, [&](int64_t piece, int worker) {
      const int64_t sample = piece / pieces, first = piece % pieces * perPiece;
      for (int64_t line = first; line < std::min(perSample, first + perPiece); ++line)
        body(piece, worker, sample, line / height, line % height);
    });
  }
};

ChannelTerms termsOf(const float* table, int64_t sample, int64_t channels) {
  const float* rows = table + sample * kTableRows * channels;
  return {rows, rows + channels, rows + 2 * channels, rows + 3 * channels};
}

/**
 * Two sums per sample and channel; with `overBatch`, every sample gets those of all. A line is summed in float32, all
 * else in double: what a gradient keeps of millions of voxels is small beside what cancels.
 */
class PairSums {
 public:
  PairSums(const Lines& lines, int64_t channels, const Workspace& workspace)
      : lines_(lines),
        channels_(channels),
        partial_(reinterpret_cast<double*>(workspace.shared.data())),
        workspace_(workspace) {
    std::fill_n(partial_, lines.samples * lines.pieces * 2 * channels, 0.0);
  }

  /** Adds what sum(first, second) leaves for one line. */
  template <class Sum>
  void addLine(int64_t piece, int worker, const Sum& sum) const {
    float* line = workspace_.of(worker);
    std::fill_n(line, 2 * channels_, 0.f);
    sum(line, line + channels_);
    double* own = of(piece);
    for (int64_t i = 0; i < 2 * channels_; ++i) own[i] += line[i];
  }

  /** Calls body(sample, channel, first sum, second sum), samples ascending. */
  template <class Body>
  void finish(bool overBatch, const Body& body) const {
    const int64_t groups = overBatch ? 1 : lines_.samples, perGroup = lines_.samples / groups * lines_.pieces;
    for (int64_t group = 0; group < groups; ++group)
      for (int64_t c = 0; c < channels_; ++c) {
        double a = 0, b = 0;
        for (int64_t piece = group * perGroup; piece < (group + 1) * perGroup; ++piece) {
          a += of(piece)[c];
          b += of(piece)[channels_ + c];
        }
        for (int64_t n = group; n < (overBatch ? lines_.samples : group + 1); ++n) body(n, c, a, b);
      }
  }

 private:
  double* of(int64_t piece) const { return partial_ + piece * 2 * channels_; }

  const Lines& lines_;
  int64_t channels_;
  double* partial_;
  const Workspace& workspace_;
};

/** Two numbers per sample and channel behind the partial sums: means that the second pass reads, or pivots. */
float* behindSums(const Lines& lines, int64_t channels, std::span<float> memory) {
  return memory.data() + lines.samples * lines.pieces * 4 * channels;
}

/** Means of a line in the middle of each sample (or of the first, for all): near those of the whole. */
void pivotsOf(const ConstVolume& sums, bool overBatch, float* pivots) {
  for (int64_t n = 0; n < sums.samples; ++n) {
    float* pivot = pivots + n * sums.channels;
    std::fill_n(pivot, sums.channels, 0.f);
    const float* voxel = sums.at(overBatch ? 0 : n, sums.extent[0] / 2, sums.extent[1] / 2, 0);
    for (int64_t x = 0; x < sums.extent[2]; ++x, voxel += sums.voxel)
      for (int64_t c = 0; c < sums.channels; ++c) pivot[c] += voxel[c];
    for (int64_t c = 0; c < sums.channels; ++c) pivot[c] /= static_cast<float>(sums.extent[2]);
  }
}

void writeTerms(const NormTerms& terms, double mean, double variance, int64_t sample, int64_t channel, int64_t channels,
                float* table) {
  const double inverse = 1.0 / std::sqrt(variance + terms.epsilon);
  float* rows = table + sample * kTableRows * channels + channel;
  rows[0] = static_cast<float>(terms.weight[channel] * inverse);
  rows[channels] = terms.bias[channel];
  rows[2 * channels] = static_cast<float>(mean);
  rows[3 * channels] = static_cast<float>(inverse);
}

}  // namespace

Scratch normalisationScratch(const Shape& shape) {
  const Lines lines(shape.samples, shape.extent);
  return {shape.samples * shape.channels * (4 * lines.pieces + 2), 2 * shape.channels};
}

void normStatistics(const ConstVolume& sums, const NormTerms& terms, float* table, const BatchMoments& moments,
                    const Workspace& workspace) {
  const Lines lines(sums);
  const int64_t channels = sums.channels;
  const PairSums partial(lines, channels, workspace);
  // What is near the mean keeps the variance free of cancellation.
  float* pivots = behindSums(lines, channels, workspace.shared);
  pivotsOf(sums, terms.overBatch, pivots);
  lines.forEach(workspace.pool, [&](int64_t piece, int worker, int64_t n, int64_t z, int64_t y) {
    partial.addLine(piece, worker, [&](float* sum, float* squares) {
      kernels::channelSums(sums.at(n, z, y, 0), sums.extent[2], channels, pivots + n * channels, sum, squares);
    });
  });
  const double count = static_cast<double>(sums.voxels() * (terms.overBatch ? sums.samples : 1));
  partial.finish(terms.overBatch, [&](int64_t n, int64_t c, double sum, double squares) {
    const double shifted = sum / count, variance = std::max(0.0, squares / count - shifted * shifted);
    const double mean = pivots[n * channels + c] + shifted;
    writeTerms(terms, mean, variance, n, c, channels, table);
    if (n != 0 || moments.mean.empty()) return;
    moments.mean[c] = static_cast<float>(mean);
    moments.variance[c] = static_cast<float>(variance * count / std::max(1.0, count - 1));
  });
}

void gatheredStatistics(const NormTerms& terms, const float* mean, const float* variance, int64_t samples,
                        int64_t channels, float* table) {
  for (int64_t n = 0; n < samples; ++n)
    for (int64_t c = 0; c < channels; ++c) writeTerms(terms, mean[c], variance[c], n, c, channels, table);
}

void normalise(const ConstVolume& sums, const float* table, const ConstVolume& addend, float slope,
               const Volume& output, const Workspace& workspace) {
  const int64_t width = sums.extent[2], channels = sums.channels;
  Lines(sums).forEach(workspace.pool, [&](int64_t, int, int64_t n, int64_t z, int64_t y) {
    const ChannelTerms terms = termsOf(table, n, channels);
    if (addend.data)
      kernels::scaleShiftAddLeaky(sums.at(n, z, y, 0), width, channels, terms, addend.at(n, z, y, 0), addend.voxel,
                                  slope, output.at(n, z, y, 0), output.voxel);
    else
      kernels::scaleShiftLeaky(sums.at(n, z, y, 0), width, channels, terms, slope, output.at(n, z, y, 0), output.voxel);
  });
}

void activationGradient(const ConstVolume& output, float slope, const Volume& gradient, const Workspace& workspace) {
  Lines(gradient).forEach(workspace.pool, [&](int64_t, int, int64_t n, int64_t z, int64_t y) {
    kernels::leakyGradient(output.at(n, z, y, 0), output.voxel, gradient.extent[2], gradient.channels, slope,
                           gradient.at(n, z, y, 0));
  });
}

void normaliseGradient(const ConstVolume& sums, const float* table, const ConstVolume& outputGradient, float slope,
                       bool overBatch, const Volume& sumsGradient, float* weightGradient, float* biasGradient,
                       const Workspace& workspace) {
  const Lines lines(sums);
  const int64_t channels = sums.channels, width = sums.extent[2];
  const PairSums partial(lines, channels, workspace);
  lines.forEach(workspace.pool, [&](int64_t piece, int worker, int64_t n, int64_t z, int64_t y) {
    partial.addLine(piece, worker, [&](float* sumG, float* sumGx) {
      kernels::gradientSums(sums.at(n, z, y, 0), outputGradient.at(n, z, y, 0), width, channels,
                            termsOf(table, n, channels), slope, sumG, sumGx);
    });
  });
  const double count = static_cast<double>(sums.voxels() * (overBatch ? sums.samples : 1));
  float* means = behindSums(lines, channels, workspace.shared);
  std::fill_n(weightGradient, channels, 0.f);
  std::fill_n(biasGradient, channels, 0.f);
  partial.finish(overBatch, [&](int64_t n, int64_t c, double sumG, double sumGx) {
    means[2 * n * channels + c] = static_cast<float>(sumG / count);
    means[(2 * n + 1) * channels + c] = static_cast<float>(sumGx / count);
    if (overBatch && n > 0) return;
    weightGradient[c] += static_cast<float>(sumGx);
    biasGradient[c] += static_cast<float>(sumG);
  });
  lines.forEach(workspace.pool, [&](int64_t, int, int64_t n, int64_t z, int64_t y) {
    kernels::inputGradient(sums.at(n, z, y, 0), outputGradient.at(n, z, y, 0), width, channels,
                           termsOf(table, n, channels), slope, means + 2 * n * channels, means + (2 * n + 1) * channels,
                           sumsGradient.at(n, z, y, 0));
  });
}

}  // namespace nnunet::network
