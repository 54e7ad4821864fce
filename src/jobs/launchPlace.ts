/** Does a job go where the person's setting sends work, or is it done on this machine whatever that says? */
import type { JobKind, LaunchChoice } from './job';
import type { JobRequests } from './requests';

/** The same kinds have a command with --launcher. */
const canRunElsewhere: { readonly [K in JobKind]: boolean } = {
  // Done before a cluster has looked at its queue.
  sample: false,
  // Reads files wherever a person keeps them, by way of links that only this machine has.
  import: false,
  check: true,
  fix: true,
  plan: true,
  preprocess: true,
  train: true,
  predict: true,
  evaluate: true,
  validate: true,
  'find-best': true,
  ensemble: true,
  postprocess: true,
  'determine-postprocessing': true,
  report: true,
  'dataset-card': true,
  volumes: true,
  'export-onnx': true,
  'export-model': true,
  // As with an import.
  'import-model': false,
};

export interface Asked<K extends JobKind = JobKind> {
  kind: K;
  request: JobRequests[K];
}

/**
 * What is asked for together goes to one place: its jobs wait for each other.
 * @param chosen  what the setting says; it is not read where it does not matter
 */
export function launchPlace(asked: readonly Asked[], chosen: () => LaunchChoice): LaunchChoice {
  return asked.every(mayGo) ? chosen() : { launcher: 'local' };
}

/** Who only wants to know what something would do or cost sits and waits for the answer. */
function mayGo({ kind, request }: Asked): boolean {
  return canRunElsewhere[kind] && !('isDryRun' in request && request.isDryRun);
}
