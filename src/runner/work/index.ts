/** What is done for each kind of job? One function a kind, from its request to what stands in result.json. */
import type { AnyJob, JobKind } from '../../jobs/job';
import type { JobRequests } from '../../jobs/requests';
import type { JobResults } from '../../jobs/results';
import type { Session } from '../session';
import { check } from './check';
import type { WorkContext } from './context';
import { datasetCard } from './datasetCard';
import { ensemble } from './ensemble';
import { evaluate } from './evaluate';
import { exportModel } from './exportModel';
import { exportOnnx } from './exportOnnx';
import { findBest } from './findBest';
import { fix } from './fix';
import { importSource } from './import';
import { importModel } from './importModel';
import { plan } from './plan';
import { determine, postprocess } from './postprocess';
import { predict } from './predict';
import { preprocess } from './preprocess';
import { report } from './report';
import { sample } from './sample';
import { train } from './train';
import { validate } from './validate';
import { volumes } from './volumes';

/** @param session  for what holds more than its context: a training's fold folder */
type Work<K extends JobKind> = (
  request: JobRequests[K],
  context: WorkContext,
  session: Session,
) => Promise<JobResults[K]>;

const works: { readonly [K in JobKind]: Work<K> } = {
  sample,
  import: importSource,
  check,
  fix,
  plan,
  preprocess,
  train,
  predict,
  evaluate,
  validate,
  'find-best': findBest,
  ensemble,
  postprocess,
  'determine-postprocessing': determine,
  report,
  'dataset-card': datasetCard,
  volumes,
  'export-onnx': exportOnnx,
  'export-model': exportModel,
  'import-model': importModel,
};

export function isKnownKind(kind: string): kind is JobKind {
  return Object.hasOwn(works, kind);
}

export function work(job: AnyJob, context: WorkContext, session: Session): Promise<JobResults[JobKind]> {
  const does = works[job.kind] as Work<JobKind>;
  return does(job.request, context, session);
}
