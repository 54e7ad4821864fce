/** Work of a job "plan": measures a dataset where that was not done yet, and plans it with the planner that was asked for. */
import { preprocessedPaths } from '../../dataset/preprocessed';
import type { PlanRequest } from '../../jobs/requests';
import type { PlannedDataset } from '../../jobs/results';
import { planDataset } from '../../pipeline/plan';
import { datasetOf } from '../request';
import type { WorkContext } from './context';

export async function plan(request: PlanRequest, context: WorkContext): Promise<PlannedDataset> {
  const { planner, gpuMemoryGb, workers } = request;
  const dataset = await datasetOf(request);
  const plans = await planDataset(dataset, { ...context, planner, gpuMemoryGb, workers });
  const file = preprocessedPaths(dataset.preprocessed).plans(plans.plans_name);
  return { file, plansName: plans.plans_name, configurations: Object.keys(plans.configurations) };
}
