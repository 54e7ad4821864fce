#include "trainer/events.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <mutex>

namespace nnunet {
namespace {

std::string isoTime() {
  const auto now = std::chrono::system_clock::now();
  const auto seconds = std::chrono::system_clock::to_time_t(now);
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[40];
  const size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text + length, sizeof text - length, ".%03dZ", static_cast<int>(milliseconds));
  return text;
}

}  // namespace

void emit(nlohmann::ordered_json event) {
  static std::mutex mutex;
  event["time"] = isoTime();
  const std::string line = event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  std::lock_guard lock(mutex);
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

void emitStage(const std::string& stage, const std::string& state, int64_t done, int64_t total,
               const std::string& message) {
  nlohmann::ordered_json event{{"type", "stage"}, {"stage", stage}, {"state", state}};
  if (done >= 0) event["done"] = done;
  if (total >= 0) event["total"] = total;
  if (!message.empty()) event["message"] = message;
  emit(std::move(event));
}

void emitWarning(const std::string& code, const std::string& message) {
  emit({{"type", "warning"}, {"code", code}, {"message", message}});
}

void emitError(const CoreError& error) {
  nlohmann::ordered_json event{
      {"type", "error"}, {"code", error.code}, {"message", error.what()}, {"hint", error.hint}};
  if (!error.where.empty()) event["where"] = error.where;
  emit(std::move(event));
}

nlohmann::ordered_json numberOrNull(double value) {
  if (!std::isfinite(value)) return nullptr;
  return value;
}

}  // namespace nnunet
