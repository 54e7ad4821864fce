// The functions of the addon, grouped by the page of the method they belong to. src/voxels/native.ts has their types.
#pragma once

#include <napi.h>

namespace nnunet::addon {

void addPreprocessing(Napi::Env env, Napi::Object exports);  ///< crop, transpose, normalize, resample
void addStatistics(Napi::Env env, Napi::Object exports);     ///< foreground samples, class locations
void addPrediction(Napi::Env env, Napi::Object exports);     ///< windows, fold averages, export
void addLabels(Napi::Env env, Napi::Object exports);         ///< values, confusion counts, components
void addSurfaces(Napi::Env env, Napi::Object exports);       ///< distances between surfaces
void addFiles(Napi::Env env, Napi::Object exports);          ///< whole files

}  // namespace nnunet::addon
