#include "trainer/data/loader.h"

#include <algorithm>
#include <thread>

#include "trainer/events.h"
#include "volumes.h"

namespace nnunet::data {
namespace {

using test::TemporaryFolder;
using test::writeNpy;

constexpr int64_t count = 20 * 24 * 28;

// Cases "a", "b", "c" with two channels: the second one is the voxel's index. Label 1: a small cube, its own place per
// case.
class LoaderTest : public testing::Test {
 protected:
  void SetUp() override {
    for (int k = 0; k < 3; ++k) {
      const std::string id(1, static_cast<char>('a' + k));
      std::vector<float> image(2 * count);
      std::vector<int16_t> labels(count);
      std::vector<uint8_t> previous(count);
      std::vector<int32_t> locations;
      for (int64_t i = 0; i < count; ++i) {
        const int64_t z = i / (24 * 28), y = i / 28 % 24, x = i % 28;
        image[i] = static_cast<float>((i * 37 + k) % 101) / 25;
        image[count + i] = static_cast<float>(i);
        labels[i] = x == 0 ? -1 : z / 4 == k + 1 && y / 4 == 4 && x / 4 == 5 ? 1 : 0;
        previous[i] = static_cast<uint8_t>(i % 3);
        if (labels[i] == 1)
          locations.insert(locations.end(),
                           {0, static_cast<int32_t>(z), static_cast<int32_t>(y), static_cast<int32_t>(x)});
      }
      writeNpy<float>(folder / (id + ".npy"), {2, 20, 24, 28}, image);
      writeNpy<int16_t>(folder / (id + "_seg.npy"), {1, 20, 24, 28}, labels);
      writeNpy<int32_t>(folder / (id + "_locations.npy"), {static_cast<int64_t>(locations.size() / 4), 4}, locations);
      std::filesystem::create_directory(folder / "previous");
      writeNpy<uint8_t>(folder / ("previous/" + id + ".npy"), {20, 24, 28}, previous);
    }
    settings.folder = folder.path();
    settings.cases = {"a", "b", "c"};
    settings.patchSize = {8, 10, 12};
    settings.initialPatchSize = {14, 16, 18};
    settings.batchSize = 3;
    settings.locationRequests = {{1}};
    settings.foregroundLabels = {1, 2};
    settings.maskChannels = {true, false};
    settings.targetShapes = {{8, 10, 12}, {4, 5, 6}};
    settings.augment = true;
    settings.augmentation.mirrorAxes = {0, 1, 2};
    settings.seed = 11;
    settings.threads = 2;
    settings.prefetch = 3;
  }

  // Everything that is in a batch.
  static std::vector<float> contents(const Batch& batch) {
    std::vector<float> all(batch.data.begin(), batch.data.end());
    for (const auto& target : batch.targets) all.insert(all.end(), target.begin(), target.end());
    return all;
  }

  TemporaryFolder folder;
  LoaderSettings settings;
};

TEST_F(LoaderTest, GivesBatchesOfTheStatedShapes) {
  BatchLoader loader(settings);
  EXPECT_EQ(loader.channels(), 2);
  const auto batch = loader.next(4, 2);
  EXPECT_EQ(batch->epoch, 4);
  EXPECT_EQ(batch->iteration, 2);
  EXPECT_EQ(batch->batchSize, 3);
  EXPECT_EQ(batch->channels, 2);
  EXPECT_EQ(batch->data.size(), 3u * 2 * 8 * 10 * 12);
  EXPECT_EQ(batch->targetChannels, 1);
  ASSERT_EQ(batch->targets.size(), 2u);
  EXPECT_EQ(batch->targets[0].size(), 3u * 8 * 10 * 12);
  EXPECT_EQ(batch->targets[1].size(), 3u * 4 * 5 * 6);
  for (const auto& id : batch->cases) EXPECT_EQ(std::ranges::count(settings.cases, id), 1);
}

TEST_F(LoaderTest, DoesNotDependOnThreadsPrefetchingOrRecycling) {
  settings.previousStageFolder = folder / "previous";
  std::vector<std::vector<float>> expected;
  {
    LoaderSettings alone = settings;
    alone.threads = 0;
    BatchLoader loader(alone);
    for (int i = 0; i < 12; ++i) expected.push_back(contents(*loader.next(1, i)));
  }
  for (const int threads : {1, 2, 5})
    for (const int prefetch : {0, 1, 6}) {
      settings.threads = threads;
      settings.prefetch = prefetch;
      BatchLoader loader(settings);
      for (int i = 0; i < 12; ++i) {
        auto batch = loader.next(1, i);
        EXPECT_EQ(contents(*batch), expected[i]) << threads << " threads, prefetch " << prefetch << ", iteration " << i;
        loader.recycle(std::move(batch));
      }
    }
  BatchLoader loader(settings);  // in another order, with a jump and a step back
  EXPECT_EQ(contents(*loader.next(1, 7)), expected[7]);
  EXPECT_EQ(contents(*loader.next(1, 9)), expected[9]);
  EXPECT_EQ(contents(*loader.next(1, 0)), expected[0]);
  EXPECT_NE(contents(*loader.next(2, 0)), expected[0]);
  settings.seed = 12;
  EXPECT_NE(contents(*BatchLoader(settings).next(1, 0)), expected[0]);
}

TEST_F(LoaderTest, GoesOnIntoTheNextEpoch) {
  settings.iterationsPerEpoch = 2;
  settings.prefetch = 2;
  BatchLoader loader(settings);
  settings.threads = 0;
  BatchLoader alone(settings);
  for (int epoch = 0; epoch < 3; ++epoch)
    for (int i = 0; i < 2; ++i) EXPECT_EQ(contents(*loader.next(epoch, i)), contents(*alone.next(epoch, i)));
}

TEST_F(LoaderTest, ForcesForegroundIntoTheLastSamples) {
  settings.augment = false;
  settings.batchSize = 9;
  BatchLoader loader(settings);
  int random = 0;
  for (int i = 0; i < 20; ++i) {
    const auto batch = loader.next(0, i);
    const auto has = [&](int sample) {
      const int16_t* first = batch->targets[0].data() + sample * 960;
      return std::count(first, first + 960, 1) > 0;
    };
    for (int sample = 6; sample < 9; ++sample) EXPECT_TRUE(has(sample)) << i;
    for (int sample = 0; sample < 6; ++sample) random += has(sample);
  }
  EXPECT_LT(random, 100);
}

TEST_F(LoaderTest, CanForceEachSampleWithAProbability) {
  settings.augment = false;
  settings.probabilisticOversampling = true;
  settings.oversampleForeground = 1;
  BatchLoader loader(settings);
  const auto batch = loader.next(0, 0);
  for (int sample = 0; sample < 3; ++sample)
    EXPECT_GT(std::count(batch->targets[0].data() + sample * 960, batch->targets[0].data() + (sample + 1) * 960, 1), 0);
}

TEST_F(LoaderTest, ValidationCopiesTheCaseAsItIs) {
  settings.augment = false;
  settings.maskChannels = {};
  BatchLoader loader(settings);
  for (int i = 0; i < 5; ++i) {
    const auto batch = loader.next(0, i);
    for (int sample = 0; sample < 3; ++sample) {
      const float* index = batch->data.data() + (sample * 2 + 1) * 960;
      const int16_t* target = batch->targets[0].data() + sample * 960;
      const int k = batch->cases[sample][0] - 'a';
      // The second channel says where each voxel comes from; only padding is 0.
      for (int v = 0; v < 960; ++v) {
        const auto from = static_cast<int64_t>(index[v]);
        if (from == 0) continue;
        EXPECT_EQ(batch->data[(sample * 2) * 960 + v], static_cast<float>((from * 37 + k) % 101) / 25);
        const int64_t z = from / (24 * 28), y = from / 28 % 24, x = from % 28;
        EXPECT_EQ(target[v], z / 4 == k + 1 && y / 4 == 4 && x / 4 == 5 ? 1 : 0);
        if (v % 12 != 0 && index[v - 1] != 0) {
          EXPECT_EQ(from, static_cast<int64_t>(index[v - 1]) + 1);
        }
      }
    }
  }
}

TEST_F(LoaderTest, CropsTheCentreOfTheLargePatchWhereNothingIsInterpolated) {
  // With the same draws, loading the large patch and cropping equals what is loaded directly.
  settings.augmentation.rotationProbability = settings.augmentation.scalingProbability = 0;
  settings.augmentation.noiseProbability = settings.augmentation.blurProbability =
      settings.augmentation.brightnessProbability = 0;
  settings.augmentation.contrastProbability = settings.augmentation.lowResolutionProbability = 0;
  settings.augmentation.invertedGammaProbability = settings.augmentation.gammaProbability = 0;
  settings.augmentation.mirrorAxes = {};
  settings.maskChannels = {};
  settings.threads = 0;
  BatchLoader direct(settings);
  settings.augmentation.scalingProbability = 1;
  settings.augmentation.scaling = {1, 1};  // interpolates, and ends up where it started
  BatchLoader interpolated(settings);
  for (int i = 0; i < 10; ++i) {
    const auto a = direct.next(0, i), b = interpolated.next(0, i);
    EXPECT_EQ(a->cases, b->cases);
    for (size_t v = 0; v < a->data.size(); ++v) EXPECT_NEAR(a->data[v], b->data[v], 1e-3);
    EXPECT_EQ(std::vector<int16_t>(a->targets[0].begin(), a->targets[0].end()),
              std::vector<int16_t>(b->targets[0].begin(), b->targets[0].end()));
  }
}

TEST_F(LoaderTest, AppendsThePreviousStage) {
  settings.previousStageFolder = folder / "previous";
  settings.augment = false;
  settings.maskChannels = {};
  BatchLoader loader(settings);
  EXPECT_EQ(loader.channels(), 4);
  const auto batch = loader.next(0, 0);
  EXPECT_EQ(batch->channels, 4);
  for (int v = 0; v < 960; ++v) {
    const auto from = static_cast<int64_t>(batch->data[960 + v]);
    if (from == 0) continue;
    EXPECT_EQ(batch->data[2 * 960 + v], from % 3 == 1 ? 1 : 0);
    EXPECT_EQ(batch->data[3 * 960 + v], from % 3 == 2 ? 1 : 0);
  }
}

TEST_F(LoaderTest, MakesRegionTargetsWithTheIgnoreLabelLast) {
  settings.regions = {{1, 2}, {2}};
  settings.hasIgnoreLabel = true;
  settings.ignoreLabel = 1;
  settings.augment = false;
  BatchLoader loader(settings);
  const auto batch = loader.next(0, 0);
  EXPECT_EQ(batch->targetChannels, 3);
  EXPECT_EQ(batch->targets[1].size(), 3u * 3 * 120);
  const int16_t* last = batch->targets[0].data() + 2 * 3 * 960;  // the forced sample
  EXPECT_GT(std::count(last, last + 960, 1), 0);
  EXPECT_EQ(std::count(last + 960, last + 2 * 960, 1), 0);
  EXPECT_TRUE(std::equal(last, last + 960, last + 2 * 960));
}

TEST_F(LoaderTest, LoadsSlicesFor2d) {
  settings.dims = 2;
  settings.patchSize = {16, 20};
  settings.initialPatchSize = {22, 26};
  settings.targetShapes = {{16, 20}, {8, 10}};
  settings.augmentation.mirrorAxes = {0, 1};
  settings.augmentation.rotationDegrees = 180;
  BatchLoader loader(settings);
  const auto batch = loader.next(0, 0);
  EXPECT_EQ(batch->patch, (std::vector<int64_t>{16, 20}));
  EXPECT_EQ(batch->data.size(), 3u * 2 * 16 * 20);
  EXPECT_EQ(batch->targets[1].size(), 3u * 8 * 10);
  settings.augment = false;
  BatchLoader validation(settings);
  const auto plain = validation.next(0, 0);
  const int64_t slice = static_cast<int64_t>(plain->data[320 + 150]) / (24 * 28);
  for (int v = 0; v < 320; ++v)
    if (plain->data[320 + v] != 0) {
      EXPECT_EQ(static_cast<int64_t>(plain->data[320 + v]) / (24 * 28), slice);
    }
}

TEST_F(LoaderTest, TrainsOnPatchesLargerThanTheCase) {
  settings.patchSize = {32, 32, 32};
  settings.initialPatchSize = {44, 44, 44};
  settings.targetShapes = {{32, 32, 32}};
  BatchLoader loader(settings);
  const auto batch = loader.next(0, 0);
  for (const float value : batch->data) EXPECT_TRUE(std::isfinite(value));
}

TEST_F(LoaderTest, TellsTheCallerWhatWentWrongInAThread) {
  writeNpy<int16_t>(folder / "b_seg.npy", {1, 20, 24, 27}, std::vector<int16_t>(20 * 24 * 27));
  BatchLoader loader(settings);
  int failures = 0, successes = 0;
  for (int i = 0; i < 12; ++i) {
    try {
      loader.next(0, i);
      ++successes;
    } catch (const CoreError& error) {
      ++failures;
      EXPECT_EQ(error.code, "data-file-invalid");
      EXPECT_EQ(error.where, folder / "b_seg.npy");
    }
  }
  EXPECT_GT(failures, 0);
  EXPECT_GT(successes, 0);
}

TEST_F(LoaderTest, NamesAFileThatIsCutOffWhileItTrains) {
  settings.cases = {"a"};
  settings.threads = 0;
  BatchLoader loader(settings);
  loader.next(0, 0);
  std::filesystem::resize_file(folder / "a_seg.npy", 200);
  try {
    loader.next(0, 1);
    FAIL() << "trained on zeros";
  } catch (const CoreError& error) {
    EXPECT_EQ(error.code, "data-file-invalid");
    EXPECT_EQ(error.where, folder / "a_seg.npy");
  }
}

TEST_F(LoaderTest, ChecksTheFirstCaseAndTheSettingsAtOnce) {
  const auto code = [](const LoaderSettings& s) {
    try {
      BatchLoader{s};
    } catch (const CoreError& error) {
      return error.code;
    }
    return std::string("none");
  };
  LoaderSettings wrong = settings;
  wrong.cases = {"missing"};
  EXPECT_EQ(code(wrong), "data-file-missing");
  wrong = settings;
  wrong.cases = {};
  EXPECT_EQ(code(wrong), "bad-job");
  wrong = settings;
  wrong.patchSize = {8, 8};
  EXPECT_EQ(code(wrong), "bad-job");
  wrong = settings;
  wrong.targetShapes = {};
  EXPECT_EQ(code(wrong), "bad-job");
  wrong = settings;
  wrong.augmentation.mirrorAxes = {3};
  EXPECT_EQ(code(wrong), "bad-job");
  wrong = settings;
  wrong.augmentation.dummy2d = true;
  EXPECT_EQ(code(wrong), "bad-job");
}

TEST_F(LoaderTest, StopsCleanlyWithWorkUnderWay) {
  settings.threads = 4;
  settings.prefetch = 16;
  for (int i = 0; i < 20; ++i) {
    BatchLoader loader(settings);
    if (i % 2) loader.next(0, i);
  }
}

TEST_F(LoaderTest, RecyclesFromAnotherThread) {
  BatchLoader loader(settings);
  for (int i = 0; i < 10; ++i) {
    auto batch = loader.next(0, i);
    std::thread([&] { loader.recycle(std::move(batch)); }).join();
  }
}

}  // namespace
}  // namespace nnunet::data
