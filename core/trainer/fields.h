/** Reads a JSON object field by field and refuses what it does not know, so that a misspelt key is never ignored. */
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "trainer/events.h"

namespace nnunet {

class Fields {
 public:
  Fields(const nlohmann::json& object, std::string name) : object_(object), name_(std::move(name)) {
    if (!object.is_object()) throw bad("is not an object");
  }

  template <class T>
  T get(const std::string& key) {
    const auto& value = at(key);
    try {
      return value.get<T>();
    } catch (const nlohmann::json::exception& error) {
      throw bad("has a wrong \"" + key + "\": " + error.what());
    }
  }

  /** The value, or `fallback` where the key is absent or null. */
  template <class T>
  T get(const std::string& key, T fallback) {
    seen_.insert(key);
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? fallback : get<T>(key);
  }

  const nlohmann::json& at(const std::string& key) {
    seen_.insert(key);
    const auto found = object_.find(key);
    if (found == object_.end()) throw bad("lacks \"" + key + "\"");
    return *found;
  }

  void ignore(const std::string& key) { seen_.insert(key); }

  /** Throws if a key was never asked for. */
  void finish() const {
    for (const auto& [key, value] : object_.items())
      if (!seen_.contains(key)) throw bad("has an unknown key \"" + key + "\"");
  }

 private:
  CoreError bad(const std::string& problem) const {
    return {"bad-job", name_ + " " + problem,
            "The job file and the core belong to different versions: set the engine up again."};
  }
  const nlohmann::json& object_;
  std::string name_;
  std::set<std::string> seen_;
};

}  // namespace nnunet
