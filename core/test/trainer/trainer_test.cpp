#include "trainer/training/trainer.h"

#include "../data/volumes.h"
#include "trainer/events.h"
#include "trainer/safetensors.h"

namespace nnunet {
namespace {

using test::TemporaryFolder;
using test::writeNpy;

constexpr int64_t kSide = 20, kVoxels = kSide * kSide * kSide;
constexpr int kSteps = 4, kValidationSteps = 2, kEpochs = 2;

/** Asks for a stop when it is asked for the n-th time (from 0): before every step of training and of validation. */
class StopAt : public Control {
 public:
  explicit StopAt(int look) : Control("/nowhere"), left_(look) {}
  bool stopRequested() const override { return left_-- <= 0; }
  bool takeCheckpointRequest() const override { return false; }

 private:
  mutable int left_;
};

/** Asks for a checkpoint when it is asked for the n-th time, then dies: nothing that comes later reaches the disk. */
class DieAfterCheckpoint : public Control {
 public:
  struct Death {};
  explicit DieAfterCheckpoint(int look) : Control("/nowhere"), left_(look) {}
  bool stopRequested() const override {
    if (left_ < 0) throw Death{};
    return false;
  }
  bool takeCheckpointRequest() const override { return left_-- == 0; }

 private:
  mutable int left_;
};

/** A training of a few seconds: three cases of one organ, a network of two stages. */
class TrainerTest : public testing::Test {
 protected:
  void SetUp() override {
    at::set_num_threads(1);  // no barriers, which take long on a busy machine
    for (const std::string id : {"a", "b", "c"}) writeCase(id);
  }

  void writeCase(const std::string& id, float brightest = 1) {
    std::vector<float> image(kVoxels);
    test::fillRandomly(image, static_cast<uint64_t>(id[0]));
    std::vector<int16_t> labels(kVoxels);
    std::vector<int32_t> locations;
    for (int32_t i = 0; i < kVoxels; ++i) {
      const int32_t z = i / (kSide * kSide), y = i / kSide % kSide, x = i % kSide;
      if (z / 5 != 1 || y / 5 != 2 || x / 5 > 1) continue;
      labels[i] = 1;
      image[i] += 3;
      locations.insert(locations.end(), {0, z, y, x});
    }
    for (float& value : image) value *= brightest;
    const std::vector<int64_t> shape{1, kSide, kSide, kSide};
    writeNpy<float>(data / (id + ".npy"), shape, image);
    writeNpy<int16_t>(data / (id + "_seg.npy"), shape, labels);
    writeNpy<int32_t>(data / (id + "_locations.npy"), {static_cast<int64_t>(locations.size() / 4), 4}, locations);
  }

  TrainingJob job(const TemporaryFolder& folder, const std::string& optimizer, const std::string& resume = "",
                  const nlohmann::json& changes = nlohmann::json::object()) const {
    nlohmann::json architecture{{"conv_op", "torch.nn.modules.conv.Conv3d"},
                                {"n_stages", 2},
                                {"features_per_stage", {4, 8}},
                                {"kernel_sizes", 3},
                                {"strides", {1, 2}},
                                {"n_conv_per_stage", 1},
                                {"n_conv_per_stage_decoder", 1}};
    if (changes.contains("norm_op")) architecture["norm_op"] = changes["norm_op"];
    nlohmann::json asked{
        {"folder", folder.path()},
        {"device", "cpu"},
        {"precision", "fp32"},
        {"seed", 5},
        {"network",
         {{"className", "PlainConvUNet"}, {"archKwargs", architecture}, {"inputChannels", 1}, {"outputChannels", 2}}},
        {"schedule",
         {{"optimizer", optimizer},
          {"initialLearningRate", 0.01},
          {"weightDecay", 3e-5},
          {"epochs", kEpochs},
          {"iterationsPerEpoch", kSteps},
          {"validationIterationsPerEpoch", kValidationSteps}}},
        {"resume", resume},
        {"dataFolder", data.path()},
        {"trainCases", {"a", "b"}},
        {"valCases", {"c"}},
        {"dims", 3},
        {"patchSize", {16, 16, 16}},
        {"batchSize", 2},
        {"maskChannels", {false}},
        {"batchDice", false},
        {"labels", {{"foreground", {1}}, {"locationRequests", {{1}}}}},
        {"augmentation",
         {{"rotationDegrees", 30}, {"dummy2d", false}, {"mirrorAxes", {0, 1, 2}}, {"initialPatchSize", {18, 18, 18}}}},
        {"dataThreads", 2}};
    for (const auto& [key, value] : changes.items())
      if (key != "norm_op") asked[key] = value;
    return readTrainingJob(asked);
  }

  static std::string checkpoint(const TemporaryFolder& folder, const std::string& kind = "final") {
    return folder / ("checkpoint_" + kind + ".safetensors");
  }

  static nlohmann::json stateOf(const SafetensorsFile& file) {
    auto state = nlohmann::json::parse(file.metadata.at("nnunet"));
    // Time passes differently.
    state.erase("elapsedSeconds");
    state["history"].erase("epoch_start_timestamps");
    state["history"].erase("epoch_end_timestamps");
    return state;
  }

  static void expectEqual(const std::string& expected, const std::string& actual, const std::string& when) {
    const auto a = readSafetensors(expected), b = readSafetensors(actual);
    ASSERT_EQ(a.tensors.size(), b.tensors.size()) << when;
    for (const auto& [name, tensor] : a.tensors)
      EXPECT_TRUE(torch::equal(tensor, b.tensors.at(name))) << name << ", " << when;
    EXPECT_EQ(stateOf(a), stateOf(b)) << when;
  }

  TemporaryFolder data;
};

TEST_F(TrainerTest, GoesOnAfterAStopAtAnyInstantAsIfNothingHadHappened) {
  for (const std::string optimizer : {"sgd", "adamw"}) {
    const TemporaryFolder whole;
    EXPECT_TRUE(Trainer(job(whole, optimizer), std::make_unique<StopAt>(1000)).run());
    // Before each step of training and of validation in both epochs.
    for (int look = 0; look < kEpochs * (kSteps + kValidationSteps); ++look) {
      const std::string when = optimizer + ", stopped at look " + std::to_string(look);
      const TemporaryFolder halves;
      EXPECT_FALSE(Trainer(job(halves, optimizer), std::make_unique<StopAt>(look)).run()) << when;
      const auto stopped = stateOf(readSafetensors(checkpoint(halves)));
      EXPECT_EQ(stopped["epoch"], look / (kSteps + kValidationSteps)) << when;
      EXPECT_EQ(stopped["epochSoFar"]["iterations"], std::min(kSteps, look % (kSteps + kValidationSteps))) << when;
      // A validation that was not completed has changed nothing.
      EXPECT_EQ(std::filesystem::exists(checkpoint(halves, "best")), look >= kSteps + kValidationSteps) << when;
      EXPECT_TRUE(Trainer(job(halves, optimizer, checkpoint(halves)), std::make_unique<StopAt>(1000)).run()) << when;
      expectEqual(checkpoint(whole), checkpoint(halves), when);
      expectEqual(checkpoint(whole, "best"), checkpoint(halves, "best"), when);
    }
  }
}

TEST_F(TrainerTest, GoesOnFromACheckpointAskedForWithinAnEpochWithTheNextStep) {
  const TemporaryFolder whole;
  Trainer(job(whole, "adamw"), std::make_unique<StopAt>(1000)).run();
  for (const int look : {0, 2, kSteps - 1, kSteps, kSteps + kValidationSteps + 1}) {
    const std::string when = "killed after the checkpoint at look " + std::to_string(look);
    const TemporaryFolder halves;
    EXPECT_THROW(Trainer(job(halves, "adamw"), std::make_unique<DieAfterCheckpoint>(look)).run(),
                 DieAfterCheckpoint::Death);
    Trainer(job(halves, "adamw", checkpoint(halves, "latest")), std::make_unique<StopAt>(1000)).run();
    expectEqual(checkpoint(whole), checkpoint(halves), when);
    EXPECT_FALSE(std::filesystem::exists(checkpoint(halves, "latest"))) << when;
  }
}

TEST_F(TrainerTest, GoesOnWithEveryVariantAsIfNothingHadHappened) {
  const std::vector<std::pair<std::string, nlohmann::json>> variants{
      {"amsgrad", {{"norm_op", "torch.nn.modules.batchnorm.BatchNorm3d"}}},
      {"adam", {{"loss", "dice-topk"}, {"deepSupervision", false}}},
      {"sgd", {{"loss", "ce"}, {"probabilisticOversampling", true}, {"oversampleForeground", 0.5}}},
  };
  for (const auto& [optimizer, changes] : variants) {
    const TemporaryFolder whole, halves;
    const int look = kSteps + kValidationSteps + 2;
    Trainer(job(whole, optimizer, "", changes), std::make_unique<StopAt>(1000)).run();
    EXPECT_FALSE(Trainer(job(halves, optimizer, "", changes), std::make_unique<StopAt>(look)).run());
    Trainer(job(halves, optimizer, checkpoint(halves), changes), std::make_unique<StopAt>(1000)).run();
    expectEqual(checkpoint(whole), checkpoint(halves), changes.dump());
  }
}

TEST_F(TrainerTest, LearnsDifferentlyWithAnotherLossOrOtherSamples) {
  const auto weightsAfter = [&](const nlohmann::json& changes) {
    const TemporaryFolder folder;
    Trainer(job(folder, "sgd", "", changes), std::make_unique<StopAt>(1000)).run();
    return readSafetensors(checkpoint(folder)).tensors.at("encoder.stages.0.0.convs.0.conv.weight").clone();
  };
  const auto plain = weightsAfter(nlohmann::json::object());
  EXPECT_FALSE(torch::equal(plain, weightsAfter({{"loss", "dice"}})));
  EXPECT_FALSE(torch::equal(plain, weightsAfter({{"probabilisticOversampling", true}})));
}

TEST_F(TrainerTest, StartsFromTheWeightsThatAFileHas) {
  const TemporaryFolder first, second;
  Trainer(job(first, "sgd"), std::make_unique<StopAt>(1000)).run();
  const auto trained = readSafetensors(checkpoint(first)).tensors;
  const std::string kept = "encoder.stages.0.0.convs.0.conv.weight", head = "decoder.seg_layers.0.weight";
  writeSafetensors(first / "some.safetensors", {{kept, trained.at(kept)}, {head, trained.at(head)}}, {});
  const auto startOf = [&](bool freshHeads) {
    Trainer(job(second, "sgd", "", {{"pretrained", first / "some.safetensors"}, {"freshHeads", freshHeads}}),
            std::make_unique<StopAt>(0))
        .run();
    return readSafetensors(checkpoint(second)).tensors;
  };
  const auto whole = startOf(false), headless = startOf(true);
  EXPECT_TRUE(torch::equal(whole.at(kept), trained.at(kept)));
  EXPECT_TRUE(torch::equal(whole.at(head), trained.at(head)));
  EXPECT_TRUE(torch::equal(headless.at(kept), trained.at(kept)));
  EXPECT_FALSE(torch::equal(headless.at(head), trained.at(head)));
}

TEST_F(TrainerTest, GivesTheSameBitsInEveryRun) {
  at::set_num_threads(2);
  const TemporaryFolder one, other;
  for (const auto* folder : {&one, &other}) Trainer(job(*folder, "sgd"), std::make_unique<StopAt>(1000)).run();
  expectEqual(checkpoint(one), checkpoint(other), "run twice");
}

TEST_F(TrainerTest, LearnsAtTheRateOfTheEpoch) {
  const TemporaryFolder folder;
  Trainer(job(folder, "sgd"), std::make_unique<StopAt>(1000)).run();
  const auto rates = stateOf(readSafetensors(checkpoint(folder)))["history"]["lrs"];
  ASSERT_EQ(rates.size(), 2u);
  EXPECT_DOUBLE_EQ(rates[0], 0.01);
  EXPECT_DOUBLE_EQ(rates[1], 0.01 * std::pow(0.5, 0.9));
}

TEST_F(TrainerTest, EndsWhereTheLossStaysNotANumberAndNamesTheCases) {
  writeCase("a", INFINITY);
  writeCase("b", INFINITY);
  const TemporaryFolder folder;
  try {
    Trainer(job(folder, "sgd"), std::make_unique<StopAt>(1000)).run();
    FAIL() << "a training without a loss";
  } catch (const CoreError& error) {
    EXPECT_EQ(error.code, "loss-not-finite");
    EXPECT_NE(std::string(error.what()).find("step 1 of epoch 1"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("are of "), std::string::npos) << error.what();
  }
  for (const auto* kind : {"final", "best"}) EXPECT_FALSE(std::filesystem::exists(checkpoint(folder, kind))) << kind;
}

TEST_F(TrainerTest, AStepWithoutANumberDoesNotChangeTheWeights) {
  writeCase("a", INFINITY);  // every batch that holds it
  const TemporaryFolder folder;
  auto bad = job(folder, "sgd");
  bad.schedule.iterationsPerEpoch = 12;
  bad.trainingData.batchSize = bad.validationData.batchSize = 1;
  Trainer(std::move(bad), std::make_unique<StopAt>(1000)).run();
  for (const auto& [name, tensor] : readSafetensors(checkpoint(folder)).tensors)
    EXPECT_TRUE(tensor.isfinite().all().item<bool>()) << name;
}

TEST_F(TrainerTest, RefusesACheckpointWhoseOptimizerStateHasAnotherShape) {
  const TemporaryFolder folder;
  Trainer(job(folder, "sgd"), std::make_unique<StopAt>(3)).run();
  auto stored = readSafetensors(checkpoint(folder));
  auto& momentum = stored.tensors.at("optimizer.momentum_buffer.encoder.stages.0.0.convs.0.conv.weight");
  momentum = momentum.flatten().narrow(0, 0, 5).clone();
  writeSafetensors(checkpoint(folder, "latest"), {stored.tensors.begin(), stored.tensors.end()}, stored.metadata);
  try {
    Trainer(job(folder, "sgd", checkpoint(folder, "latest")), std::make_unique<StopAt>(1000));
    FAIL() << "a momentum of another shape";
  } catch (const CoreError& error) {
    EXPECT_EQ(error.code, "checkpoint-mismatch");
    EXPECT_EQ(error.where, checkpoint(folder, "latest"));
  }
}

TEST_F(TrainerTest, KeepsWhatWasSavedWhereTheDiskRefusesACheckpoint) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(checkpoint(folder));  // in the way of the file
  try {
    Trainer(job(folder, "sgd"), std::make_unique<StopAt>(kSteps + kValidationSteps + 1)).run();
    FAIL() << "no place for checkpoint_final";
  } catch (const CoreError& error) {
    EXPECT_EQ(error.code, "write-failed");
    EXPECT_NE(error.hint.find("--resume"), std::string::npos) << error.hint;
  }
  EXPECT_EQ(stateOf(readSafetensors(checkpoint(folder, "best")))["epoch"], 1);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    EXPECT_FALSE(entry.path().filename().string().starts_with(".tmp-")) << entry.path();
}

TEST_F(TrainerTest, ReadsAJobAndRefusesWhatItDoesNotKnow) {
  const TemporaryFolder folder;
  const auto refused = [](nlohmann::json json) {
    try {
      readTrainingJob(json);
    } catch (const CoreError& error) {
      return error.code == "bad-job" && !error.hint.empty();
    }
    return false;
  };
  EXPECT_TRUE(refused(nlohmann::json::array()));
  EXPECT_TRUE(refused({{"folder", 3}}));
  EXPECT_TRUE(refused({{"folder", "x"}}));
  EXPECT_THROW(job(folder, "sgd", "", {{"loss", "unheard-of"}}), CoreError);
  EXPECT_THROW(job(folder, "unheard-of"), CoreError);
  const auto read = job(folder, "sgd");
  EXPECT_EQ(read.trainingData.targetShapes, (std::vector<std::vector<int64_t>>{{16, 16, 16}}));
  EXPECT_EQ(read.schedule.epochs, kEpochs);
  EXPECT_FALSE(read.schedule.budgetSeconds);
  EXPECT_NE(read.validationData.seed, read.trainingData.seed);
}

}  // namespace
}  // namespace nnunet
