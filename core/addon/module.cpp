#include "addon/functions.h"
#include "addon/job.h"

namespace {

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  using namespace nnunet::addon;
  exports.Set("newCancellation", Napi::Function::New(env, newCancellation, "newCancellation"));
  exports.Set("cancel", Napi::Function::New(env, cancel, "cancel"));
  addPreprocessing(env, exports);
  addStatistics(env, exports);
  addPrediction(env, exports);
  addLabels(env, exports);
  addFiles(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(nnunet_voxels, initialize)
