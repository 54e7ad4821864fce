/** What the core tells the world: one JSON object a line on standard output, in the shape of the run's events.jsonl. */
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace nnunet {

/** Prints one event with its time (ISO 8601, UTC). Safe from several threads; each line is written whole. */
void emit(nlohmann::ordered_json event);

void emitStage(const std::string& stage, const std::string& state, int64_t done = -1, int64_t total = -1,
               const std::string& message = "");
void emitWarning(const std::string& code, const std::string& message);

/** An error for the person: what happened, and what to do about it. */
class CoreError : public std::runtime_error {
 public:
  CoreError(std::string code, const std::string& message, std::string hint, std::string where = "")
      : std::runtime_error(message), code(std::move(code)), hint(std::move(hint)), where(std::move(where)) {}
  std::string code, hint, where;
};

void emitError(const CoreError& error);

/** A number, or null where JSON has none for it (NaN, infinity). */
nlohmann::ordered_json numberOrNull(double value);

}  // namespace nnunet
