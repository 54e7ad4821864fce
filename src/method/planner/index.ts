/** Experiment planning, as the other folders use it. */
export { planExperiment, type PlanRequest } from './planExperiment';
export { plannerPresets, type PlannerName, type PlannerPreset } from './presets';
