#include "addon/functions.h"
#include "addon/guard.h"
#include "addon/job.h"

namespace {

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  using namespace nnunet::addon;
  addFunction(env, exports, "newCancellation", newCancellation);
  addFunction(env, exports, "cancel", cancel);
  addPreprocessing(env, exports);
  addStatistics(env, exports);
  addPrediction(env, exports);
  addLabels(env, exports);
  addSurfaces(env, exports);
  addFiles(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(nnunet_voxels, initialize)
