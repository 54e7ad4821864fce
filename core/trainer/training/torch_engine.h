/** Training with LibTorch, on any device that it knows. */
#pragma once

#include "trainer/device.h"
#include "trainer/network/unet.h"
#include "trainer/training/engine.h"
#include "trainer/training/optimizer.h"

namespace nnunet {

class TorchEngine : public Engine {
 public:
  TorchEngine(const TrainingJob& job, torch::Device device, std::vector<double> lossWeights, size_t heads);

  Step train(const data::Batch& batch, double learningRate) override;
  Evaluation evaluate(const data::Batch& batch) override;
  std::string description() const override;
  std::string precision() const override { return nameOf(precision_); }
  void withState(const std::function<void(const std::vector<ArrayView>&)>& body) const override;
  int64_t adamSteps() const override { return optimizer_.adamSteps(); }
  LossScale lossScale() const override { return lossScale_; }
  void restore(const ArrayFile& stored, int64_t adamSteps, const LossScale& scale, const std::string& file) override;
  void startFrom(const ArrayFile& stored, bool freshHeads, const std::string& file) override;

 private:
  torch::Tensor dataOf(const data::Batch& batch) const;
  std::vector<torch::Tensor> targetsOf(const data::Batch& batch) const;

  torch::Device device_;
  Precision precision_;
  UNet network_;
  Optimizer optimizer_;
  LossSettings loss_;
  std::vector<double> lossWeights_;
  size_t heads_;
  LossScale lossScale_;
};

}  // namespace nnunet
