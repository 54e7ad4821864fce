/** What a report says, as plain data: report.json, from which the page, the CSV and the LaTeX table are made. Types only. */
import type { Agreement, BoxPlot } from '../method/statistics';
import type { SignedRankTest } from '../method/wilcoxon';
import type { LengthUnit } from '../method/surfaceEvaluation';

export interface Report {
  /** Of what this is: tells report.json from other files. */
  format: 'nnunet-report';
  title: string;
  /** ISO 8601 */
  created: string;
  labels: ReportLabel[];
  /** Undefined where no surfaces were compared. */
  surfaces?: { unit: LengthUnit; tolerance: number };
  volumeUnit: 'ml' | 'pixel';
  models: ReportModel[];
  /** Of each model after the first with the first. */
  comparisons: Comparison[];
  /** What was left out, and why. */
  remarks: string[];
}

export interface ReportLabel {
  /** As in summary.json. */
  key: string;
  name: string;
}

export interface ReportModel {
  name: string;
  /** summary.json, one or (of a cross-validation) several. */
  summaries: string[];
  /** As in summary.json: of the mean over the classes. */
  foreground: MeanValues;
  /** By the labels' keys. */
  labels: Record<string, LabelStatistics>;
  /** The worst first. */
  cases: ReportCase[];
  facts: [name: string, value: string][];
}

/** Numbers that are none are null: this is JSON. */
export interface MeanValues {
  Dice: number | null;
  IoU: number | null;
  HD95: number | null;
  ASSD: number | null;
  NSD: number | null;
}

export interface LabelStatistics extends MeanValues {
  /** Cases that have it in either mask. */
  cases: number;
  diceDeviation: number | null;
  diceBox?: BoxPlot;
  distanceBox?: BoxPlot;
  /** In so many cases it is in one of the masks only. */
  infinite: number;
  /** Predicted volume - reference's. */
  volumes?: Agreement;
}

export interface ReportCase {
  id: string;
  meanDice: number | null;
  labels: Record<string, CaseValues>;
  prediction: string;
  reference: string;
  pictures?: Picture[];
}

export interface CaseValues {
  Dice: number | null;
  IoU: number | null;
  TP: number;
  FP: number;
  FN: number;
  TN: number;
  n_pred: number;
  n_ref: number;
  /** An infinite distance is written as a word: JSON has no such number. */
  HD95?: number | 'infinite' | null;
  ASSD?: number | 'infinite' | null;
  NSD?: number | null;
  /** ml; of pictures pixels. */
  volumePredicted?: number;
  volumeReference?: number;
}

export interface Picture {
  /** "z 12" */
  name: string;
  /** PNG, base64. */
  png: string;
  width: number;
  height: number;
}

/** Dice of the same cases by two models. */
export interface Comparison {
  first: string;
  second: string;
  /** One for each label, and the mean of them at the end. */
  rows: ComparedLabel[];
}

export interface ComparedLabel {
  name: string;
  /** Cases in which both have a Dice. */
  cases: number;
  /** Mean and median of second - first. */
  mean: number | null;
  median: number | null;
  /** Absent where nothing differs. */
  test?: SignedRankTest;
}
