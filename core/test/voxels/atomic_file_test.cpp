#include "voxels/atomic_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

namespace nnunet::voxels {
namespace {

class AtomicFileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("atomic-file-" + std::to_string(::getpid()));
    std::filesystem::create_directory(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::ptrdiff_t fileCount() const {
    return std::distance(std::filesystem::directory_iterator(folder_), std::filesystem::directory_iterator());
  }
  static std::string contentOf(const std::string& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

  std::filesystem::path folder_;
};

TEST_F(AtomicFileTest, ReplacesTheOldContentAtOnce) {
  std::ofstream(path("a")) << "old";
  {
    AtomicFile file(path("a"));
    file.write("ne", 2);
    file.write("w", 1);
    EXPECT_EQ(contentOf(path("a")), "old");
    file.commit();
  }
  EXPECT_EQ(contentOf(path("a")), "new");
  EXPECT_EQ(fileCount(), 1);
}

TEST_F(AtomicFileTest, LeavesNothingWhenItIsGivenUp) {
  {
    AtomicFile file(path("a"));
    file.write("half", 4);
  }
  EXPECT_EQ(fileCount(), 0);
}

TEST_F(AtomicFileTest, WritesUnderANameThatTellsHostAndProcessAndIsNeverTooLong) {
  std::string name;
  for (int i = 0; i < 120; ++i) name += "ä";
  AtomicFile file(path(name));
  const auto temporary = std::filesystem::directory_iterator(folder_)->path().filename().string();
  // As src/images/temporaryFiles.ts reads it.
  const std::regex form("\\.tmp-[0-9a-f]{8}-" + std::to_string(::getpid()) + "-[0-9a-f]+-(ä){20}");
  EXPECT_TRUE(std::regex_match(temporary, form)) << temporary;
  file.commit();
  EXPECT_TRUE(std::filesystem::exists(path(name)));
}

TEST_F(AtomicFileTest, NamesWhatTheDiskRefused) {
  try {
    AtomicFile file(path("no-folder/a"));
    FAIL() << "there is no such folder";
  } catch (const FileError& error) {
    EXPECT_EQ(error.code(), "ENOENT");
    EXPECT_EQ(error.file(), path("no-folder/a"));
    EXPECT_FALSE(error.isFull());
  }
  std::filesystem::create_directory(path("folder"));
  AtomicFile file(path("folder"));
  EXPECT_THROW(file.commit(), FileError);
}

}  // namespace
}  // namespace nnunet::voxels
