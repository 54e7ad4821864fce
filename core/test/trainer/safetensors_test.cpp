#include "trainer/safetensors.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "trainer/events.h"

namespace nnunet {
namespace {

std::string temporaryFile(const std::string& name) {
  return (std::filesystem::temp_directory_path() / (name + std::to_string(::getpid()))).string();
}

TEST(Safetensors, ReadsBackWhatItWrote) {
  const auto file = temporaryFile("nnunet-safetensors-");
  const auto weight = torch::randn({3, 4}), steps = torch::arange(5);
  writeSafetensors(file, {{"weight", weight}, {"steps", steps}, {"empty", torch::empty({0, 2})}},
                   {{"nnunet", "{\"epoch\":3}"}});
  const auto read = readSafetensors(file);
  EXPECT_TRUE(torch::equal(read.tensors.at("weight"), weight));
  EXPECT_TRUE(torch::equal(read.tensors.at("steps"), steps));
  EXPECT_EQ(read.metadata.at("nnunet"), "{\"epoch\":3}");
  std::filesystem::remove(file);
}

TEST(Safetensors, RefusesDamagedFiles) {
  const auto file = temporaryFile("nnunet-damaged-");
  writeSafetensors(file, {{"weight", torch::randn({100})}}, {});
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 4);
  EXPECT_THROW(readSafetensors(file), CoreError);
  std::ofstream(file, std::ios::trunc) << "short";
  EXPECT_THROW(readSafetensors(file), CoreError);
  std::ofstream(file, std::ios::trunc) << std::string(200, '\xff');
  EXPECT_THROW(readSafetensors(file), CoreError);
  std::filesystem::remove(file);
  EXPECT_THROW(readSafetensors(file), CoreError);
}

std::string problemOf(const std::string& header, int64_t dataBytes) {
  const auto file = temporaryFile("nnunet-header-");
  const uint64_t size = header.size();
  {
    std::ofstream stream(file, std::ios::binary | std::ios::trunc);
    stream.write(reinterpret_cast<const char*>(&size), 8);
    stream << header << std::string(dataBytes, '\0');
  }
  std::string problem = "nothing";
  try {
    readSafetensors(file);
  } catch (const CoreError& error) {
    EXPECT_EQ(error.code, "bad-checkpoint");
    EXPECT_EQ(error.where, file);
    problem = error.what();
  }
  std::filesystem::remove(file);
  return problem;
}

TEST(Safetensors, ChecksSizesBeforeItBelievesThem) {
  const auto tensor = [](const std::string& shape, const std::string& offsets) {
    return R"({"w": {"dtype": "F32", "shape": )" + shape + R"(, "data_offsets": )" + offsets + "}}";
  };
  EXPECT_EQ(problemOf(tensor("[2, 2]", "[0, 16]"), 16), "nothing");
  const std::string outside = "The checkpoint cannot be read: the tensor w lies outside the file";
  const std::string shapeless = "The checkpoint cannot be read: the tensor w has no shape";
  EXPECT_EQ(problemOf(tensor("[1000000000000]", "[0, 4000000000000]"), 16), outside) << "4 TB";
  EXPECT_EQ(problemOf(tensor("[4]", "[4, 20]"), 16), outside);
  EXPECT_EQ(problemOf(tensor("[4]", "[16, 0]"), 16), outside);
  EXPECT_EQ(problemOf(tensor("[4]", "[0, 12]"), 16), outside);
  EXPECT_EQ(problemOf(tensor("[4294967296, 4294967296]", "[0, 0]"), 16), shapeless) << "overflows to 0";
  EXPECT_EQ(problemOf(tensor("[0, 4611686018427387904, 8]", "[0, 0]"), 16), shapeless);
  EXPECT_EQ(problemOf(tensor("[-2, -2]", "[0, 16]"), 16), shapeless);
  EXPECT_EQ(problemOf(tensor("[4.5]", "[0, 16]"), 16), shapeless);
  EXPECT_EQ(problemOf(tensor("[1e300]", "[0, 16]"), 16), shapeless);
  EXPECT_EQ(problemOf(tensor("4", "[0, 16]"), 16), shapeless);
  EXPECT_EQ(problemOf(tensor("[4]", "[0, 18446744073709551615]"), 16), shapeless);
  EXPECT_EQ(problemOf(tensor("[4]", "[0]"), 16), shapeless);
  EXPECT_NE(problemOf(R"({"w": {"dtype": "F32"}})", 16), "nothing");
  EXPECT_NE(problemOf(R"({"w": 3})", 16), "nothing");
  EXPECT_NE(problemOf(R"({"__metadata__": {"a": 1}})", 0), "nothing");
  EXPECT_NE(problemOf(R"({"w": {"dtype": "F8", "shape": [1], "data_offsets": [0, 1]}})", 1), "nothing");
}

}  // namespace
}  // namespace nnunet
