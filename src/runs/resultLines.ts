/** What came of a job, in lines for a terminal: the same on the command line and in VS Code's tasks. */
import { t } from '@vscode/l10n';
import type { CheckResult } from '../dataset/checkDataset';
import type { Finding } from '../dataset/findings';
import type { PredictRequest } from '../jobs/requests';
import type { PredictedFolder, PreprocessedDataset } from '../jobs/results';
import { counted } from '../words/counted';
import type { DatasetJson } from '../method/datasetJson';
import type { Summary } from '../method/evaluation';
import { LabelManager, labelOrRegionKey } from '../method/labels';
import type { SurfaceSummary } from '../method/surfaceEvaluation';
import { formatDuration } from './duration';
import { table } from './table';

export function checkLines({ cases, findings }: CheckResult): string[] {
  const count = (severity: Finding['severity']): string =>
    counted(findings.filter((finding) => finding.severity === severity).length, severity);
  const fixable = findings.filter(({ fix }) => fix !== undefined).length;
  const many = counted(cases, 'case');
  if (findings.length === 0) return [t('{0}, nothing wrong.', many)];
  const found = [many, count('error'), count('warning')] as const;
  const sum =
    fixable > 0 ? t('{0}: {1}, {2}; --fix can correct {3}.', ...found, fixable) : t('{0}: {1}, {2}.', ...found);
  return [...findings.map(findingLine), sum];
}

function findingLine({ case: id, file, line, column, severity, message, fix }: Finding): string {
  const place = file === undefined ? (id ?? '') : line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  return `${severity.padEnd(7)}  ${place ? `${place}: ` : ''}${message}${fix ? ` [--fix: ${fix}]` : ''}`;
}

export function preprocessLine({ folder, cases, preprocessed }: PreprocessedDataset): string {
  const many = counted(preprocessed, 'case');
  return preprocessed < cases
    ? t('{0} preprocessed ({1} up to date): {2}', many, cases - preprocessed, folder)
    : t('{0} preprocessed: {1}', many, folder);
}

/** Without what failed. */
export function predictLines(
  { output, isDryRun = false }: Pick<PredictRequest, 'output' | 'isDryRun'>,
  { cases, failed = [], skipped = [], segmentations = [], seconds }: PredictedFolder,
): string[] {
  const left = skipped.length > 0 ? [t('Predicted before and left out: {0}.', counted(skipped.length, 'case'))] : [];
  if (isDryRun || (cases.length === 0 && failed.length > 0)) return left;
  const dicom =
    segmentations.length > 0 ? [t('DICOM SEG beside the masks: {0}.', counted(segmentations.length, 'file'))] : [];
  const predicted = t('Predicted {0} in {1}: {2}', counted(cases.length, 'case'), formatDuration(seconds), output);
  return [...left, predicted, ...dicom];
}

export function summaryLines(summary: Summary, datasetJson: DatasetJson, file: string): string[] {
  const { foreground, foregroundNames } = new LabelManager(datasetJson);
  const rows = foreground.map((entry, index) => {
    const { Dice, IoU, n_ref, n_pred } = summary.mean[labelOrRegionKey(entry)]!;
    return [foregroundNames[index]!, Dice.toFixed(4), IoU.toFixed(4), n_ref.toFixed(1), n_pred.toFixed(1)];
  });
  rows.push([t('mean'), summary.foreground_mean.Dice.toFixed(4), summary.foreground_mean.IoU.toFixed(4), '', '']);
  return [
    ...table([t('label'), 'Dice', 'IoU', t('voxels in reference'), t('predicted')], rows),
    t('Summary of {0}: {1}', counted(summary.metric_per_case.length, 'case'), file),
  ];
}

export function surfaceLines(
  { unit, tolerance, mean, foreground_mean }: SurfaceSummary,
  datasetJson: DatasetJson,
  file: string,
): string[] {
  const { foreground, foregroundNames } = new LabelManager(datasetJson);
  const cells = ({ HD95, ASSD, NSD, infinite }: SurfaceSummary['foreground_mean']): string[] => [
    HD95.toFixed(2),
    ASSD.toFixed(2),
    NSD.toFixed(4),
    String(infinite),
  ];
  const rows = foreground.map((entry, at) => [foregroundNames[at]!, ...cells(mean[labelOrRegionKey(entry)]!)]);
  rows.push(['mean', ...cells(foreground_mean)]);
  const head = ['label', `HD95 (${unit})`, `ASSD (${unit})`, `NSD (${tolerance} ${unit})`, t('found in one mask only')];
  return [...table(head, rows), t('Surfaces: {0}', file)];
}
