#include "trainer/data/case_store.h"

#include "trainer/events.h"

namespace nnunet::data {
namespace {

CoreError unfit(const NpyFile& file, const std::string& problem) {
  return {"data-file-invalid", "The file " + problem, "Preprocess the dataset again.", file.path()};
}

std::string text(const std::vector<int64_t>& shape) {
  std::string result = "(";
  for (size_t i = 0; i < shape.size(); ++i) result += (i ? ", " : "") + std::to_string(shape[i]);
  return result + ")";
}

void readLocations(Case& opened, int requests) {
  const NpyFile& file = *opened.locationsFile;
  if (file.shape().size() != 2 || file.shape()[1] != 4)
    throw unfit(file, "has the shape " + text(file.shape()) + ", not (N, 4)");
  const auto values = file.values<int32_t>();
  opened.locations.resize(requests);
  const int64_t count = file.shape()[0];
  for (int64_t i = 0; i < count;) {
    const int32_t request = values[4 * i];
    if (request < 0 || request >= requests)
      throw unfit(file, "speaks of location request " + std::to_string(request) + ", but there are " +
                            std::to_string(requests));
    auto& group = opened.locations[request];
    if (group.count) throw unfit(file, "is not grouped by request");
    group.rows = values.data() + 4 * i;
    while (i < count && values[4 * i] == request) ++i, ++group.count;
  }
}

}  // namespace

Shape Case::Locations::voxel(int64_t i, const Case& owner) const {
  Shape voxel{};
  for (int axis = 0; axis < 3; ++axis) {
    voxel[axis] = rows[4 * i + 1 + axis];
    if (voxel[axis] < 0 || voxel[axis] >= owner.shape[axis])
      throw unfit(*owner.locationsFile, "names a voxel outside the case");
  }
  return voxel;
}

void Case::requireWhole() const {
  image.requireWhole();
  segmentation.requireWhole();
  if (previousStage) previousStage->requireWhole();
  if (locationsFile) locationsFile->requireWhole();
}

CaseStore::CaseStore(std::string folder, std::string previousStageFolder, int requests, size_t capacity)
    : folder_(std::move(folder)),
      previousStageFolder_(std::move(previousStageFolder)),
      requests_(requests),
      capacity_(capacity) {}

std::shared_ptr<const Case> CaseStore::open(const std::string& id) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(id); found != known_.end()) {
      uses_.splice(uses_.begin(), uses_, found->second.use);
      return found->second.opened;
    }
  }
  auto opened = read(id);  // without the lock: a slow disk must not stop the other threads
  const std::lock_guard lock(mutex_);
  if (const auto found = known_.find(id); found != known_.end()) return found->second.opened;
  uses_.push_front(id);
  known_.emplace(id, Entry{opened, uses_.begin()});
  if (known_.size() > capacity_) {
    known_.erase(uses_.back());
    uses_.pop_back();
  }
  return opened;
}

std::shared_ptr<const Case> CaseStore::read(const std::string& id) const {
  auto result = std::make_shared<Case>();
  result->id = id;
  const std::string base = folder_ + "/" + id;
  result->image = NpyFile::open(base + ".npy");
  const auto& shape = result->image.shape();
  if (shape.size() != 4 || result->image.size() == 0)
    throw unfit(result->image, "has the shape " + text(shape) + ", not (channels, z, y, x)");
  result->image.values<float>();
  result->channels = shape[0];
  result->shape = {shape[1], shape[2], shape[3]};

  result->segmentation = NpyFile::open(base + "_seg.npy");
  const std::vector<int64_t> expected{1, shape[1], shape[2], shape[3]};
  if (result->segmentation.shape() != expected)
    throw unfit(result->segmentation,
                "has the shape " + text(result->segmentation.shape()) + ", its image needs " + text(expected));
  if (result->segmentation.type() == NpyType::Float32)
    throw unfit(result->segmentation, "holds float32 values instead of labels");

  if (!previousStageFolder_.empty()) {
    result->previousStage = std::make_unique<NpyFile>(NpyFile::open(previousStageFolder_ + "/" + id + ".npy"));
    const std::vector<int64_t> spatial{shape[1], shape[2], shape[3]};
    if (result->previousStage->shape() != spatial)
      throw unfit(*result->previousStage,
                  "has the shape " + text(result->previousStage->shape()) + ", its image needs " + text(spatial));
    if (result->previousStage->type() == NpyType::Float32)
      throw unfit(*result->previousStage, "holds float32 values instead of labels");
  }
  if (requests_ > 0) {
    result->locationsFile = std::make_unique<NpyFile>(NpyFile::open(base + "_locations.npy"));
    readLocations(*result, requests_);
  }
  return result;
}

}  // namespace nnunet::data
