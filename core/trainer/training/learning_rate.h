/**
 * The learning rate of an epoch: up in a line while the training warms up, then down to zero.
 * Source: nnU-Net 2.8.1, lr_scheduler/polylr.py and warmup.py; torch's CosineAnnealingLR.
 */
#pragma once

#include "trainer/training/training_job.h"

namespace nnunet {

/**
 * @param epoch  from 0
 * @param share  of the time that has passed, where a budget decides how long the training is; the rate then falls from
 *               where the warm-up ends as if it had begun without one
 */
double learningRate(const Schedule& schedule, int64_t epoch, double share);

}  // namespace nnunet
