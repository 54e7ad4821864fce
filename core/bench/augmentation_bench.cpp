/**
 * Times augmentation on one thread (its CPU time): `augmentation-bench JOB.json` prints one JSON object.
 *
 * Job: {"dims", "patchSize", "initialPatchSize", "targetShapes", "channels", "rotationDegrees", "dummy2d",
 * "mirrorAxes", "samples", "warmup", "seed"}. The peer's side is tools/bench/augmentation.py; both make the same
 * volume.
 */
#include <algorithm>
#include <cmath>
#include <ctime>
#include <fstream>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>

#include "trainer/augment/blur.h"
#include "trainer/augment/brightness.h"
#include "trainer/augment/contrast.h"
#include "trainer/augment/gamma.h"
#include "trainer/augment/low_resolution.h"
#include "trainer/augment/mirror.h"
#include "trainer/augment/noise.h"
#include "trainer/augment/pipeline.h"

using namespace nnunet;
using namespace nnunet::augment;

namespace {

// CPU time of this thread: other work on the machine does not count.
double now() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

nlohmann::ordered_json summary(std::vector<double> seconds) {
  double sum = 0;
  for (const double s : seconds) sum += s;
  std::ranges::sort(seconds);
  return {{"medianSeconds", seconds[seconds.size() / 2]}, {"meanSeconds", sum / static_cast<double>(seconds.size())}};
}

Shape shapeOf(const nlohmann::json& json) {
  Shape shape{1, 1, 1};
  for (size_t i = 0; i < json.size(); ++i) shape[i + 3 - json.size()] = json[i].get<int64_t>();
  return shape;
}

// Two ellipsoids, one within the other, in a wavy background.
void fill(const Grid<float>& image, const Grid<int16_t>& labels) {
  const auto [depth, height, width] = image.shape;
  int64_t i = 0;
  for (int64_t z = 0; z < depth; ++z)
    for (int64_t y = 0; y < height; ++y)
      for (int64_t x = 0; x < width; ++x, ++i) {
        const auto squared = [](int64_t at, int64_t size, double radius) {
          const double d =
              (static_cast<double>(at) - static_cast<double>(size - 1) / 2) / (radius * static_cast<double>(size));
          return d * d;
        };
        const double outer = squared(z, depth, 0.3) + squared(y, height, 0.3) + squared(x, width, 0.3);
        const double inner = squared(z, depth, 0.15) + squared(y, height, 0.2) + squared(x, width, 0.15);
        labels.data[i] = inner < 1 ? 2 : outer < 1 ? 1 : 0;
        for (int64_t c = 0; c < image.channels; ++c)
          image.channel(c)[i] = static_cast<float>(labels.data[i] + std::sin(0.3 * static_cast<double>(z + c)) *
                                                                        std::cos(0.2 * static_cast<double>(y)) *
                                                                        std::sin(0.25 * static_cast<double>(x)));
      }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: augmentation-bench JOB.json\n";
    return 2;
  }
  const auto job = nlohmann::json::parse(std::ifstream(argv[1]));
  PipelineSettings settings;
  settings.dims = job.at("dims");
  settings.patch = shapeOf(job.at("patchSize"));
  settings.augmentation.rotationDegrees = job.at("rotationDegrees");
  settings.augmentation.dummy2d = job.at("dummy2d");
  settings.augmentation.mirrorAxes = job.at("mirrorAxes").get<std::vector<int>>();
  for (const auto& shape : job.at("targetShapes")) settings.targetShapes.push_back(shapeOf(shape));
  const Shape initial = shapeOf(job.at("initialPatchSize")), patch = settings.patch;
  const int64_t channels = job.at("channels");
  const int samples = job.at("samples"), warmup = job.at("warmup");
  const uint64_t seed = job.at("seed");

  FloatBuffer wholeImage(channels * voxels(initial)), image(channels * voxels(patch));
  Int16Buffer wholeLabels(voxels(initial));
  const Sample whole{settings.dims, {wholeImage.data(), channels, initial}, {wholeLabels.data(), 1, initial}};
  fill(whole.image, whole.segmentation);
  std::vector<Int16Buffer> targets;
  std::vector<int16_t*> targetPointers;
  for (const Shape& shape : settings.targetShapes) targets.emplace_back(voxels(shape));
  for (auto& target : targets) targetPointers.push_back(target.data());
  // As in the loader, the labels are augmented where the first target is wanted.
  Sample sample{settings.dims, {image.data(), channels, patch}, {targetPointers.at(0), 1, patch}};

  const Pipeline pipeline(settings);
  Workspace workspace;
  std::vector<double> seconds;
  for (int i = 0; i < samples + warmup; ++i) {
    Random random{seed, static_cast<uint64_t>(i)};
    const double start = now();
    pipeline.transformSpatially(whole, pipeline.drawSpatial(random), sample, workspace);
    pipeline.transform(sample, random, workspace);
    pipeline.makeTargets(sample, targetPointers, workspace);
    if (i >= warmup) seconds.push_back(now() - start);
  }
  nlohmann::ordered_json result = summary(seconds);

  // Each transform by itself, applied every time to every channel.
  AugmentSettings& always = settings.augmentation;
  always.rotationProbability = always.scalingProbability = always.blurChannelProbability = 1;
  always.lowResolutionChannelProbability = always.mirrorProbability = 1;
  const int dims = settings.dims, spatialDims = always.dummy2d ? 2 : dims;
  const Grid<float>& grid = sample.image;
  const std::vector<std::pair<std::string, std::function<void(Random&)>>> transforms{
      {"crop", [&](Random&) { applySpatial(whole, {}, sample, workspace); }},
      {"spatial",
       [&](Random& r) { applySpatial(whole, drawSpatial(r, always, spatialDims, patch), sample, workspace); }},
      {"noise", [&](Random& r) { applyNoise(grid, drawNoise(r, always)); }},
      {"blur", [&](Random& r) { applyBlur(grid, dims, drawBlur(r, always, dims, channels), workspace); }},
      {"brightness", [&](Random& r) { applyBrightness(grid, drawBrightness(r, always, channels)); }},
      {"contrast", [&](Random& r) { applyContrast(grid, drawContrast(r, always, channels)); }},
      {"lowResolution",
       [&](Random& r) { applyLowResolution(grid, dims, drawLowResolution(r, always, channels), workspace); }},
      {"gamma", [&](Random& r) { applyGamma(grid, drawGamma(r, always, channels, false)); }},
      {"mirror", [&](Random& r) { applyMirror(sample, drawMirror(r, always, dims)); }},
      {"targets", [&](Random&) { pipeline.makeTargets(sample, targetPointers, workspace); }},
  };
  for (const auto& [name, apply] : transforms) {
    std::vector<double> each;
    for (int i = 0; i < std::min(samples, 30) + 2; ++i) {
      fill({image.data(), channels, patch}, sample.segmentation);
      Random random{seed, static_cast<uint64_t>(i)};
      const double start = now();
      apply(random);
      if (i >= 2) each.push_back(now() - start);
    }
    result["transforms"][name] = summary(each)["medianSeconds"];
  }
  std::cout << result.dump() << std::endl;
}
