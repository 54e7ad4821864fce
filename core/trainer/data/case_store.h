/** The preprocessed cases that training draws from, opened when they are first needed. */
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "trainer/augment/sample.h"
#include "trainer/data/npy.h"

namespace nnunet::data {

using augment::Shape;

struct Case {
  std::string id;
  NpyFile image;                           ///< float32 (C, Z, Y, X)
  NpyFile segmentation;                    ///< (1, Z, Y, X), labels, -1 outside the nonzero mask
  std::unique_ptr<NpyFile> previousStage;  ///< (Z, Y, X) labels
  int64_t channels = 0;
  Shape shape{};

  /** Where voxels of a request's labels lie: rows (request, z, y, x). */
  struct Locations {
    const int32_t* rows = nullptr;
    int64_t count = 0;
    /** Throws CoreError where the row lies outside the case. */
    Shape voxel(int64_t i, const Case& owner) const;
  };
  std::vector<Locations> locations;  ///< per request
  std::unique_ptr<NpyFile> locationsFile;

  /** Throws CoreError if one of the files was cut off since the case was opened: call after reading. */
  void requireWhole() const;
};

/** Safe from several threads. */
class CaseStore {
 public:
  /** @param requests  how many location requests there are; 0: no locations are read
   *  @param capacity  how many cases stay mapped */
  CaseStore(std::string folder, std::string previousStageFolder, int requests, size_t capacity = 2048);

  /** Throws CoreError where a file is missing, damaged, or does not fit the others. */
  std::shared_ptr<const Case> open(const std::string& id);

 private:
  std::shared_ptr<const Case> read(const std::string& id) const;
  std::string folder_, previousStageFolder_;
  int requests_;
  size_t capacity_;
  std::mutex mutex_;
  struct Entry {
    std::shared_ptr<const Case> opened;
    std::list<std::string>::iterator use;
  };
  std::unordered_map<std::string, Entry> known_;
  std::list<std::string> uses_;  // latest first
};

}  // namespace nnunet::data
