/** Training on processors with core/network. */
#pragma once

#include "network/network.h"
#include "network/optimizer.h"
#include "trainer/training/engine.h"

namespace nnunet {

class ProcessorEngine : public Engine {
 public:
  /** @param heads  outputs that have a loss; @param lossWeights  of these and of others */
  ProcessorEngine(const TrainingJob& job, std::vector<double> lossWeights, size_t heads);

  Step train(const data::Batch& batch, double learningRate) override;
  Evaluation evaluate(const data::Batch& batch) override;
  std::string description() const override;
  std::string precision() const override { return "fp32"; }
  void withState(const std::function<void(const std::vector<ArrayView>&)>& body) const override;
  int64_t adamSteps() const override { return optimizer_.adamSteps; }
  void restore(const ArrayFile& stored, int64_t adamSteps, const LossScale& scale, const std::string& file) override;
  void startFrom(const ArrayFile& stored, bool freshHeads, const std::string& file) override;

 private:
  double loss(const data::Batch& batch);

  network::ThreadPool pool_;
  network::Network network_;
  network::Optimizer optimizer_;
  LossSettings loss_;
  std::vector<double> lossWeights_;
  std::vector<int64_t> batches_;  ///< that each batch normalisation has seen
};

}  // namespace nnunet
