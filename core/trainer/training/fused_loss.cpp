#include "trainer/training/fused_loss.h"

#include <ATen/Parallel.h>

#include "network/loss.h"

namespace nnunet {
namespace {

void onThreads(int64_t pieces, const std::function<void(int64_t)>& body) {
  at::parallel_for(0, pieces, 1, [&](int64_t begin, int64_t end) {
    for (int64_t piece = begin; piece < end; ++piece) body(piece);
  });
}

network::LossInput inputOf(const torch::Tensor& logits, const torch::Tensor& target, const LossSettings& settings) {
  const int64_t samples = logits.size(0), classes = logits.size(1), voxels = logits.numel() / (samples * classes);
  const int64_t channels = settings.regions ? classes + (settings.ignoreLabel ? 1 : 0) : 1;
  TORCH_CHECK(target.numel() == samples * channels * voxels, "The target's shape does not fit the scores");
  return {logits.const_data_ptr<float>(), target.const_data_ptr<int16_t>(), samples, classes, voxels};
}

struct Context : torch::CustomClassHolder {
  LossSettings settings;
  network::LossResult loss;
};

class FusedDiceAndCrossEntropy : public torch::autograd::Function<FusedDiceAndCrossEntropy> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& input,
                               const torch::Tensor& targetInput, const LossSettings& settings) {
    const auto logits = input.to(torch::kFloat).contiguous();
    const auto target = targetInput.contiguous();
    auto own = c10::make_intrusive<Context>();
    own->settings = settings;
    try {
      own->loss = network::lossOf(inputOf(logits, target, settings), settings, onThreads);
    } catch (const network::UnknownLabel& unknown) {
      TORCH_CHECK(false, "A label of the training data is ", unknown.label, ", but the network knows 0 to ",
                  logits.size(1) - 1);
    }
    const auto value = torch::tensor(own->loss.value, torch::kFloat);
    context->save_for_backward({logits, target});
    context->saved_data["type"] = static_cast<int64_t>(input.scalar_type());
    context->saved_data["loss"] = c10::IValue::make_capsule(std::move(own));
    return value;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto capsule = context->saved_data["loss"].toCapsule();
    const auto& own = static_cast<const Context&>(*capsule);
    auto result = torch::empty_like(saved[0]);
    network::lossGradient(inputOf(saved[0], saved[1], own.settings), own.settings, own.loss, gradients[0].item<float>(),
                          result.data_ptr<float>(), onThreads);
    const auto type = static_cast<torch::ScalarType>(context->saved_data["type"].toInt());
    return {result.to(type), {}, {}};
  }
};

}  // namespace

torch::Tensor fusedDiceAndCrossEntropy(const torch::Tensor& logits, const torch::Tensor& target,
                                       const LossSettings& settings) {
  LossSettings fused = settings;
  fused.hardestShare.reset();
  return FusedDiceAndCrossEntropy::apply(logits, target, fused);
}

}  // namespace nnunet
