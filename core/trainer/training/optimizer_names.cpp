#include "trainer/training/optimizer_names.h"

#include <utility>

#include "trainer/events.h"

namespace nnunet {
namespace {

constexpr std::pair<OptimizerKind, const char*> kNames[] = {{OptimizerKind::sgd, "sgd"},
                                                            {OptimizerKind::adam, "adam"},
                                                            {OptimizerKind::adamw, "adamw"},
                                                            {OptimizerKind::amsgrad, "amsgrad"}};

}  // namespace

OptimizerKind optimizerKind(const std::string& name) {
  for (const auto& [kind, known] : kNames)
    if (name == known) return kind;
  throw CoreError("bad-job", "The optimizer " + name + " is unknown", "Use sgd, adam, adamw or amsgrad.");
}

std::string nameOf(OptimizerKind kind) {
  for (const auto& [known, name] : kNames)
    if (kind == known) return name;
  return {};
}

}  // namespace nnunet
