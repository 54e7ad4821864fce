/** Gives trainings names that are as short as they may be and still tell them apart. */
import { basename, dirname } from 'node:path';
import type { CurveNames } from './curveSource';
import { foldTitle } from './describe';

/**
 * @param trainings  where each lies and what its parts are called
 * @returns one name each, in order: configuration and fold, and of dataset and model only what differs
 */
export function distinctNames(trainings: readonly { path: string; names: CurveNames }[]): string[] {
  const differs = (part: (names: CurveNames) => string): boolean =>
    new Set(trainings.map(({ names }) => part(names))).size > 1;
  const hasDatasets = differs(({ dataset }) => dataset);
  const hasModels =
    new Set(trainings.map(({ names }) => `${names.configuration}`)).size <
    new Set(trainings.map(({ names }) => names.model)).size;
  const proposals = trainings.map(({ path, names }) => {
    const { dataset, configuration, fold, model } = names;
    const parts = [
      hasDatasets ? dataset.replace(/^Dataset(\d{3})_/, '$1 ') : '',
      hasModels ? model.split('__').slice(0, 2).join(' ') : '',
      configuration,
      fold === '' ? '' : foldTitle(fold),
    ].filter(Boolean);
    return parts.length > 0 && (configuration || fold) ? parts.join(' ') : placeName(path);
  });
  return proposals.map((name, index) =>
    proposals.filter((other) => other === name).length > 1 ? `${name} (${placeName(trainings[index]!.path)})` : name,
  );
}

function placeName(path: string): string {
  return `${basename(dirname(path))}/${basename(path)}`;
}
