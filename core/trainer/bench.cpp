#include "trainer/bench.h"

#include <algorithm>
#include <chrono>

#include "trainer/device.h"
#include "trainer/fields.h"
#include "trainer/network/unet.h"
#include "trainer/training/loss.h"
#include "trainer/training/optimizer.h"

namespace nnunet {

nlohmann::ordered_json benchTrainingStep(const nlohmann::json& json) {
  Fields fields(json, "the bench job");
  fields.ignore("command");
  const auto architecture = readArchitecture(fields.at("network"));
  const auto patch = fields.get<std::vector<int64_t>>("patchSize");
  const auto batchSize = fields.get<int64_t>("batchSize");
  LossSettings lossSettings;
  lossSettings.batchDice = fields.get("batchDice", false);
  const auto device = chooseDevice(fields.get<std::string>("device", "cpu"));
  const auto precision = choosePrecision(fields.get<std::string>("precision", "auto"), Use::training, device);
  const int threads = useThreads(fields.get("threads", 0));
  const int steps = fields.get("steps", 5), warmup = fields.get("warmup", 1);
  fields.finish();

  torch::manual_seed(0);
  UNet network(architecture);
  network.to(device);
  Optimizer optimizer(network.parameters(), {});
  const auto weights = deepSupervisionWeights(network.outputs());
  const size_t heads = std::max<size_t>(1, network.outputs() - 1);

  std::vector<int64_t> shape{batchSize, architecture.inputChannels};
  shape.insert(shape.end(), patch.begin(), patch.end());
  const auto input = torch::randn(shape).to(device);
  std::vector<torch::Tensor> targets;
  {
    torch::NoGradGuard noGrad;
    for (const auto& output : network.forward(input, heads)) {
      auto sizes = output.sizes().vec();
      sizes[1] = 1;
      targets.push_back(torch::randint(architecture.outputChannels, sizes, torch::kShort).to(device));
    }
  }
  std::vector<double> seconds;
  for (int step = 0; step < warmup + steps; ++step) {
    const auto start = std::chrono::steady_clock::now();
    optimizer.clearGradients();
    torch::Tensor loss;
    {
      const AutocastScope autocast(precision, device);
      loss = deepSupervisionLoss(network.forward(input, heads), targets, weights, lossSettings);
    }
    loss.backward();
    optimizer.step(0.01);
    (void)loss.item<double>();
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    if (step >= warmup) seconds.push_back(elapsed.count());
  }
  auto sorted = seconds;
  std::sort(sorted.begin(), sorted.end());
  return {{"medianSeconds", sorted[sorted.size() / 2]},
          {"seconds", seconds},
          {"precision", nameOf(precision)},
          {"device", device.str()},
          {"threads", threads}};
}

}  // namespace nnunet
