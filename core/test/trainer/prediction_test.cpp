#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "trainer/memory.h"
#include "trainer/prediction/npy_writer.h"
#include "trainer/prediction/predict.h"
#include "trainer/prediction/prediction_job.h"
#include "trainer/prediction/sliding_window.h"
#include "trainer/safetensors.h"
#include "voxels/half.h"
#include "voxels/window.h"

namespace nnunet {
namespace {

namespace fs = std::filesystem;
using voxels::Shape3;

nlohmann::json networkJson(int dims, int64_t features) {
  const std::vector<int64_t> three(dims, 3), one(dims, 1), two(dims, 2);
  return {{"className", "dynamic_network_architectures.architectures.unet.PlainConvUNet"},
          {"inputChannels", 1},
          {"outputChannels", 3},
          {"archKwargs",
           {{"conv_op", "torch.nn.modules.conv.Conv" + std::to_string(dims) + "d"},
            {"n_stages", 2},
            {"features_per_stage", {features, features}},
            {"kernel_sizes", {three, three}},
            {"strides", {one, two}},
            {"n_conv_per_stage", {1, 1}},
            {"n_conv_per_stage_decoder", {1}}}}};
}

UNet networkOf(int dims, int64_t seed, int64_t features = 8) {
  torch::manual_seed(seed);
  return UNet(readArchitecture(networkJson(dims, features)));
}

struct Expected {
  torch::Tensor logits, inverseWeights;
};

/** Section 3 of the spec, read aloud: no batches, one network call a view, sums in float64. */
Expected plainLoop(const std::vector<UNet>& networks, const torch::Tensor& volume, const WindowSettings& settings,
                   const std::vector<std::vector<int64_t>>& mirrorings) {
  torch::NoGradGuard noGrad;
  const int dims = networks.front().architecture().dims;
  const auto& patch = settings.patch;
  auto padded = volume, mean = torch::zeros({3, volume.size(1), volume.size(2), volume.size(3)}, torch::kDouble);
  std::array<int64_t, 3> low{};
  for (int axis = 3 - dims; axis < 3; ++axis) {
    const int64_t missing = std::max<int64_t>(0, patch[axis] - volume.size(axis + 1));
    auto zeros = [&](int64_t size) {
      auto shape = padded.sizes().vec();
      shape[axis + 1] = size;
      return torch::zeros(shape);
    };
    padded = torch::cat({zeros(low[axis] = missing / 2), padded, zeros(missing - missing / 2)}, axis + 1);
  }
  const auto steps = [&](int axis) {
    if (dims == 2 && axis == 0) return torch::arange(padded.size(1)).to(torch::kDouble);
    const double size = static_cast<double>(padded.size(axis + 1) - patch[axis]);
    const auto count = static_cast<int64_t>(std::ceil(size / (static_cast<double>(patch[axis]) * 0.5))) + 1;
    return count == 1 ? torch::zeros({1}, torch::kDouble) : torch::linspace(0, size, count, torch::kDouble).round();
  };
  const auto profile = voxels::gaussianImportance(dims == 2 ? std::span(patch).subspan(1) : std::span(patch));
  const auto weight = torch::tensor(profile).view({patch[0], patch[1], patch[2]}).to(torch::kDouble);
  torch::Tensor inverseWeights;
  for (const auto& network : networks) {
    auto sum = torch::zeros({3, padded.size(1), padded.size(2), padded.size(3)}, torch::kDouble);
    auto weights = torch::zeros(padded.sizes().slice(1), torch::kDouble);
    const auto zs = steps(0), ys = steps(1), xs = steps(2);
    for (int64_t i = 0; i < zs.numel() * ys.numel() * xs.numel(); ++i) {
      const std::array<int64_t, 3> at{zs[i / xs.numel() / ys.numel()].item().toLong(),
                                      ys[i / xs.numel() % ys.numel()].item().toLong(),
                                      xs[i % xs.numel()].item().toLong()};
      const auto part = [&](torch::Tensor all, int firstAxis) {
        for (int axis = 0; axis < 3; ++axis) all = all.narrow(firstAxis + axis, at[axis], patch[axis]);
        return all;
      };
      const auto tile = dims == 2 ? part(padded, 1).squeeze(1).unsqueeze(0) : part(padded, 1).unsqueeze(0);
      auto logits = torch::zeros({1, 3}, torch::kDouble);
      for (size_t view = 0; view <= mirrorings.size(); ++view) {
        const auto axes = view == 0 ? std::vector<int64_t>{} : mirrorings[view - 1];
        logits = network.forward(tile.flip(axes).contiguous(), 1)[0].flip(axes).to(torch::kDouble) +
                 (view == 0 ? torch::zeros({1}, torch::kDouble) : logits);
      }
      logits = logits.view({3, patch[0], patch[1], patch[2]}) / static_cast<double>(mirrorings.size() + 1);
      part(sum, 1) += logits * weight;
      part(weights, 0) += weight;
    }
    const auto inside = [&](torch::Tensor all) {
      for (int axis = 0; axis < 3; ++axis) all = all.narrow(axis + 1, low[axis], volume.size(axis + 1));
      return all;
    };
    mean += inside(sum / weights) / static_cast<double>(networks.size());
    inverseWeights = inside(1 / weights.unsqueeze(0));
  }
  return {mean, inverseWeights};
}

torch::Tensor toTensor(const std::vector<uint16_t>& bits, const torch::Tensor& volume) {
  std::vector<float> values(bits.size());
  voxels::halfToFloat(std::span<const uint16_t>(bits), values);
  return torch::tensor(values).view({3, volume.size(1), volume.size(2), volume.size(3)});
}

struct WindowCase {
  const char* name;
  int dims, folds;
  std::vector<int64_t> volume;
  Shape3 patch;
  std::vector<int> mirrorAxes;
  std::vector<std::vector<int64_t>> mirrorings;
  int64_t tiles;  ///< of all networks
};

void PrintTo(const WindowCase& tested, std::ostream* stream) {
  *stream << tested.name;
}

class SlidingWindow : public testing::TestWithParam<WindowCase> {};

TEST_P(SlidingWindow, PredictsWhatAPlainLoopDoes) {
  const auto& c = GetParam();
  std::vector<UNet> networks;
  for (int fold = 0; fold < c.folds; ++fold) networks.push_back(networkOf(c.dims, 5 + fold));
  const auto volume = torch::randn({1, c.volume[0], c.volume[1], c.volume[2]});
  const WindowSettings settings{c.patch, c.mirrorAxes};
  std::vector<int64_t> seen;
  const auto logits = predictLogits(networks, volume, settings, [&](int64_t done, int64_t total) {
    seen.push_back(done);
    EXPECT_EQ(total, c.tiles);
  });
  EXPECT_EQ(seen.back(), c.tiles);
  const auto [expected, inverseWeights] = plainLoop(networks, volume, settings, c.mirrorings);
  // Sums are rounded to float16 after each tile, as nnU-Net does: to 11 bits, or to 6e-8 near the corners of tiles.
  const auto tolerance = 4e-3 * expected.abs().max() + 2e-7 * inverseWeights;
  EXPECT_LT(((toTensor(logits, volume) - expected).abs() / tolerance).max().item<double>(), 1);
  EXPECT_LT(tolerance.median().item<double>(), 0.05 * expected.abs().max().item<double>());
}

INSTANTIATE_TEST_SUITE_P(
    Volumes, SlidingWindow,
    testing::Values(
        WindowCase{"OneTile", 3, 1, {8, 8, 8}, {8, 8, 8}, {}, {}, 1},
        WindowCase{"ManyTiles", 3, 1, {11, 8, 21}, {8, 8, 16}, {}, {}, 4},
        WindowCase{"SmallerThanThePatch", 3, 1, {5, 8, 21}, {8, 8, 16}, {}, {}, 2},
        WindowCase{
            "Mirrored", 3, 1, {8, 10, 8}, {8, 8, 8}, {0, 1, 2}, {{2}, {3}, {4}, {2, 3}, {2, 4}, {3, 4}, {2, 3, 4}}, 2},
        WindowCase{"MirroredAlongTwoAxes", 3, 1, {8, 8, 8}, {8, 8, 8}, {0, 2}, {{2}, {4}, {2, 4}}, 1},
        WindowCase{"Folds", 3, 2, {8, 8, 12}, {8, 8, 8}, {}, {}, 4},
        // Every slice once, in two dimensions: five slices of one, two or four tiles.
        WindowCase{"SliceBySlice", 2, 1, {5, 16, 16}, {1, 16, 16}, {}, {}, 5},
        WindowCase{"OneSlice", 2, 1, {1, 16, 20}, {1, 16, 16}, {}, {}, 2},
        WindowCase{"SlicesInTiles", 2, 2, {5, 20, 18}, {1, 16, 16}, {}, {}, 40},
        WindowCase{"SlicesMirrored", 2, 1, {3, 12, 20}, {1, 16, 16}, {0, 1}, {{2}, {3}, {2, 3}}, 6}),
    [](const auto& info) { return info.param.name; });

/** A model whose scores are large and nearly equal: sums in bf16 would round their differences away. */
TEST(SlidingWindow, AddsUpMirroredViewsInFloat32InMixedPrecision) {
  const std::vector<UNet> networks{networkOf(3, 5)};
  for (const auto& [name, tensor] : networks[0].parameters())
    if (name == "decoder.seg_layers.0.bias") {
      torch::NoGradGuard noGrad;
      tensor.fill_(100);
    }
  const auto volume = torch::randn({1, 8, 8, 8});
  WindowSettings settings{{8, 8, 8}, {0, 1, 2}};
  const auto exact = toTensor(predictLogits(networks, volume, settings, [](int64_t, int64_t) {}), volume);
  settings.precision = Precision::bf16;
  const auto mixed = toTensor(predictLogits(networks, volume, settings, [](int64_t, int64_t) {}), volume);
  // bf16 knows 100, 100.5 and 101; float16 knows steps of 1/16.
  EXPECT_LT((mixed - exact).abs().max().item<double>(), 0.2);
  EXPECT_GT(mixed.sub(mixed.round()).abs().max().item<double>(), 0.1);
}

/** A folder with a model and cases, as a prediction job needs them. */
class PredictionJobs : public testing::Test {
 protected:
  PredictionJobs() : folder_(fs::temp_directory_path() / ("nnunet-prediction-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
    std::vector<std::pair<std::string, torch::Tensor>> weights;
    const auto network = networkOf(3, 5, 4);
    for (const auto& [name, tensor] : network.parameters()) weights.emplace_back(name, tensor.detach());
    writeSafetensors(path("model.safetensors"), weights, {});
  }
  ~PredictionJobs() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  nlohmann::json caseOf(const std::string& name, const Shape3& shape) const {
    const auto volume = torch::randn({shape[0], shape[1], shape[2]});
    writeNpy(path(name + ".npy"), "<f4", {1, shape[0], shape[1], shape[2]},
             std::as_bytes(std::span(volume.const_data_ptr<float>(), volume.numel())));
    std::ofstream(path(name + ".json")) << nlohmann::json{
        {"spacing", {1, 1, 1}},
        {"shape_after_cropping_and_before_resampling", shape},
        {"shape_before_cropping", shape},
        {"bbox_used_for_cropping", {{0, shape[0]}, {0, shape[1]}, {0, shape[2]}}}};
    return {{"case", name},
            {"data", path(name + ".npy")},
            {"properties", path(name + ".json")},
            {"output", path(name + "_labels.npy")}};
  }

  nlohmann::json jobOf(const nlohmann::json& cases) const {
    return {{"command", "predict"},
            {"device", "cpu"},
            {"precision", "auto"},
            {"network", networkJson(3, 4)},
            {"patchSize", {16, 16, 16}},
            {"dims", 3},
            {"stepSize", 1.0},
            {"checkpoints", {path("model.safetensors")}},
            {"labels", {{"numHeads", 3}, {"foreground", {1, 2}}}},
            {"export",
             {{"configurationSpacing", {1, 1, 1}},
              {"transposeForward", {0, 1, 2}},
              {"transposeBackward", {0, 1, 2}},
              {"resampling", {{"order", 1}}}}},
            {"cases", cases}};
  }

  /** The most that tensors took while these cases were predicted. */
  size_t highestMemory(const std::vector<Shape3>& shapes) const {
    auto cases = nlohmann::json::array();
    for (size_t i = 0; i < shapes.size(); ++i) cases.push_back(caseOf("case" + std::to_string(i), shapes[i]));
    releaseCachedMemory();
    startMeasuringMemory();
    const size_t before = heldMemory().bytes;
    predict(jobOf(cases));
    return heldMemory().highest - before;
  }

 private:
  fs::path folder_;
};

TEST_F(PredictionJobs, LeaveLabelsForEveryCase) {
  predict(jobOf({caseOf("a", {16, 20, 16}), caseOf("b", {8, 16, 24})}));
  for (const std::string name : {"a", "b"}) EXPECT_TRUE(fs::exists(path(name + "_labels.npy")));
}

TEST_F(PredictionJobs, OfGrowingAndShrinkingCasesTakeWhatTheLargestTakes) {
  useCachingAllocator();
  const size_t largest = highestMemory({{32, 128, 144}});
  const size_t all = highestMemory(
      {{16, 112, 112}, {20, 96, 144}, {28, 128, 128}, {32, 128, 144}, {30, 116, 140}, {22, 120, 120}, {16, 80, 96}});
  // The last tiles of a case, fewer than go through the network together, need blocks of their own.
  EXPECT_LT(static_cast<double>(all), 1.3 * static_cast<double>(largest));
}

/** The code of the error that reading the changed job ends with. */
std::string codeOf(nlohmann::json job, const std::string& pointer, const nlohmann::json& value) {
  job[nlohmann::json::json_pointer(pointer)] = value;
  try {
    readPredictionJob(job);
  } catch (const CoreError& error) {
    return error.code;
  }
  return "";
}

TEST_F(PredictionJobs, AreRefusedWithUnknownOrWrongKeys) {
  const auto job = jobOf(nlohmann::json::array({caseOf("a", {8, 8, 8})}));
  EXPECT_EQ(readPredictionJob(job).cases.size(), 1u);
  for (const std::string where : {"", "/network", "/labels", "/export", "/export/resampling", "/cases/0"})
    EXPECT_EQ(codeOf(job, where + "/colour", 1), "bad-job") << where;
  const std::map<std::string, nlohmann::json> wrong{{"/patchSize", {16, 16}},
                                                    {"/patchSize", "16"},
                                                    {"/dims", "three"},
                                                    {"/checkpoints", {}},
                                                    {"/checkpoints", 3},
                                                    {"/mirrorAxes", {"z"}},
                                                    {"/stepSize", "half"},
                                                    {"/cases/0/output", 7},
                                                    {"/labels/numHeads", nullptr},
                                                    {"/export", nlohmann::json::array()},
                                                    {"/cases", {{"case", 1}}}};
  for (const auto& [where, value] : wrong) EXPECT_EQ(codeOf(job, where, value), "bad-job") << where << " " << value;
  for (const std::string key : {"network", "patchSize", "dims", "checkpoints", "labels", "export", "cases"}) {
    auto lacking = job;
    lacking.erase(key);
    EXPECT_THROW(readPredictionJob(lacking), CoreError) << key;
  }
}

}  // namespace
}  // namespace nnunet
