#include "network/plan_backward.h"

#include <algorithm>
#include <map>

namespace nnunet::network {
namespace {

bool overlap(const Part& a, const Part& b) {
  return a.value == b.value && a.first < b.first + b.channels && b.first < a.first + a.channels;
}

class BackwardPlanner {
 public:
  explicit BackwardPlanner(NetworkPlan& plan) : plan_(plan) {}

  void run() {
    for (const Part& scores : plan_.scores) {
      const Part gradient = gradientLike(scores);
      plan_.scoreGradients.push_back(gradient);
      plan_.losses.push_back({.kind = StepKind::loss, .reads = {scores}, .writes = {gradient}});
    }
    const std::vector<Step> forward = plan_.forward;
    for (auto step = forward.rbegin(); step != forward.rend(); ++step) reverse(*step);
  }

 private:
  using Key = std::pair<int, int64_t>;
  static Key keyOf(const Part& part) { return {part.value, part.first}; }

  void emit(Step step) { plan_.backward.push_back(std::move(step)); }

  Part newValue(const std::string& name, const Part& like) {
    Shape shape = plan_.values[like.value].shape;
    shape.channels = like.channels;
    plan_.values.push_back({name, shape, false});
    return {static_cast<int>(plan_.values.size()) - 1, 0, like.channels};
  }
  Part gradientLike(const Part& part) { return newValue("gradient of " + plan_.values[part.value].name, part); }

  /** What was planned to be written to a part, in one or several pieces. */
  std::vector<Part> piecesOf(const Part& part) const {
    std::vector<Part> pieces;
    for (const auto& step : plan_.forward)
      for (const auto& written : step.writes)
        if (overlap(written, part)) pieces.push_back(written);
    return pieces;
  }

  /** The value of the way forward: still there, or computed again into memory of its own, which it leaves soon. */
  Part need(const Part& part) {
    if (plan_.values[part.value].kept) return part;
    if (const auto found = again_.find({part.value, part.first, part.channels}); found != again_.end())
      return found->second;
    const Part copy = newValue(plan_.values[part.value].name + " again", part);
    const std::vector<Step> forward = plan_.forward;
    for (const auto& original : forward)
      for (const auto& written : original.writes) {
        if (!overlap(written, part)) continue;
        Step step = original;
        for (auto& read : step.reads) read = need(read);
        step.writes = {{copy.value, written.first - part.first, written.channels}};
        emit(std::move(step));
      }
    return again_[{part.value, part.first, part.channels}] = copy;
  }

  /** The gradient of a part that all its readers have given theirs to. */
  Part gradientOf(const Part& part) const { return gradients_.at(keyOf(part)); }
  bool hasGradient(const Part& part) const { return gradients_.contains(keyOf(part)); }

  /** Lets a step write the gradient of a part, or add to what is there. */
  void give(Step step, const Part& part) {
    step.adds = hasGradient(part);
    if (!step.adds) gradients_[keyOf(part)] = gradientLike(part);
    step.writes = {gradientOf(part)};
    emit(std::move(step));
  }

  void reverse(const Step& step) {
    switch (step.kind) {
      case StepKind::head:
        return head(step);
      case StepKind::normalise:
        return normalise(step);
      case StepKind::convolve:
        return convolve(step);
      case StepKind::upsample:
        return upsample(step);
      case StepKind::pool:
        return give({.kind = StepKind::poolGradient, .layer = step.layer, .reads = {gradientOf(step.writes[0])}},
                    step.reads[0]);
      default:
        return;
    }
  }

  void head(const Step& step) {
    const auto output = std::find(plan_.scores.begin(), plan_.scores.end(), step.writes[0]) - plan_.scores.begin();
    const Part input = need(step.reads[0]);
    give({.kind = StepKind::headGradient, .layer = step.layer, .reads = {input, plan_.scoreGradients[output]}},
         step.reads[0]);
  }

  void normalise(const Step& step) {
    const Part sums = step.reads[0], table = step.reads[1], gradient = gradientOf(step.writes[0]);
    const bool joins = step.reads.size() == 3;
    Step back{.kind = StepKind::normaliseGradient, .layer = step.layer, .reads = {sums, table, gradient}};
    if (!joins) {
      back.slope = step.slope;
      back.writes = {gradient};  // nobody else reads it any more
      gradients_[keyOf(sums)] = gradient;
      return emit(std::move(back));
    }
    Step mask{.kind = StepKind::activationGradient, .layer = step.layer, .reads = {need(step.writes[0])}};
    mask.writes = {gradient};
    mask.slope = step.slope;
    mask.adds = true;
    emit(std::move(mask));
    gradients_[keyOf(sums)] = gradientLike(sums);
    back.writes = {gradientOf(sums)};
    emit(std::move(back));
    const Part addend = step.reads[2];
    if (hasGradient(addend))
      give({.kind = StepKind::add, .reads = {gradient}}, addend);
    else
      gradients_[keyOf(addend)] = gradient;
  }

  void convolve(const Step& step) {
    const Part input = step.reads[0], gradient = gradientOf(step.writes[0]);
    emit({.kind = StepKind::weightGradient, .layer = step.layer, .reads = {need(input), gradient}});
    for (const Part& piece : piecesOf(input)) {
      if (piece == imageOf()) continue;
      Step back{.kind = StepKind::inputGradient, .layer = step.layer, .reads = {gradient}};
      back.firstInput = piece.first - input.first;
      give(std::move(back), piece);
    }
  }
  Part imageOf() const { return plan_.forward.front().writes[0]; }

  void upsample(const Step& step) {
    const Part gradient = gradientOf(step.writes[0]);
    emit({.kind = StepKind::upsampleWeightGradient, .layer = step.layer, .reads = {need(step.reads[0]), gradient}});
    give({.kind = StepKind::upsampleInputGradient, .layer = step.layer, .reads = {gradient}}, step.reads[0]);
  }

  NetworkPlan& plan_;
  std::map<Key, Part> gradients_;
  std::map<std::tuple<int, int64_t, int64_t>, Part> again_;
};

}  // namespace

void planBackward(NetworkPlan& plan) {
  BackwardPlanner(plan).run();
}

}  // namespace nnunet::network
