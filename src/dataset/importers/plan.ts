/** The words in which the parts of an import speak to each other: what was asked, what was planned, what came of it. */
import type { DatasetJson } from '../../method/datasetJson';
import type { GivenNames } from './givenNames';

interface ImportImage {
  /** Absolute path. */
  file: string;
  /** Which volume of a 4D file is this channel; undefined = the whole file. */
  volume?: number;
}

export interface ImportLabel {
  /** Absolute path. */
  file: string;
  /** What this file shows if a case has several; may be empty. */
  part: string;
}

export interface ImportCase {
  id: string;
  images: ImportImage[];
  /** Empty for test images. */
  labels: ImportLabel[];
}

/** Keys of dataset.json that nnU-Net ignores and people want to keep: name, description, reference, licence, … */
export type About = Record<string, unknown>;

/** Why a planned case is not written. */
export interface RefusedCase {
  case: string;
  code:
    | 'unreadable'
    | 'shape-mismatch'
    | 'spacing-mismatch'
    | 'channel-count'
    | 'channel-numbers'
    | 'file-missing'
    | 'label-shared'
    | 'label-values'
    | 'label-unreadable';
  why: string;
}

/** A file of the source that the dataset does not hold, and why. */
export interface UnusedFile {
  /** Relative to the source, separated by `/`; a folder that was not looked into ends in `/` and stands for all that is in it. */
  file: string;
  reason: string;
  code: UnusedCode;
}

export type UnusedCode =
  | RefusedCase['code']
  | 'no-label'
  | 'no-image'
  | 'missing-channel'
  | 'extra-channel'
  | 'same-name'
  | 'ambiguous-name'
  | 'other-label'
  | 'test-image'
  | 'not-listed'
  | 'other-format'
  | 'not-an-image'
  | 'hidden'
  | 'linked-twice'
  | 'other-series';

export interface ImportPlan {
  /** Number that the source itself suggests (MSD task, nnU-Net v1 task, DatasetXXX). */
  suggestedId?: number;
  suggestedName: string;
  cases: ImportCase[];
  testCases: ImportCase[];
  /** Cases that the source lists but that cannot be put together, and their files (absolute). */
  refused: (RefusedCase & { files: string[] })[];
  /** Files whose reason for being left out is known from their names. */
  unused: UnusedFile[];
  /** Files that were read for names of channels and classes; relative to the source. */
  informative: string[];
  /** Names given by the source, one per channel; otherwise they are inferred from names and intensities. */
  channelNames?: string[];
  /** Words in the file names that tell the channels apart; hints for inferring channel names. */
  channelWords: string[];
  /** Label value -> name, where the source says so. */
  labelNames?: Map<number, string>;
  about: About;
  /** What was inferred, one sentence each. */
  report: string[];
}

/** A channel of a DICOM source by what its series are called; `*` stands for anything, capitals do not count. */
export interface WantedChannel {
  name: string;
  pattern: string;
}

/** How DICOM is imported. */
export interface DicomWishes {
  /** Otherwise the series that something was drawn on. */
  channels?: WantedChannel[];
  /** Cases are named after the patients' numbers instead of case_001, case_002 … */
  keepIdentifiers?: boolean;
}

/** DICOM series that are called alike, for people to choose from. */
export interface SeriesKind {
  /** "CT Abdomen portal venous, contrast" */
  kind: string;
  series: number;
  patients: number;
  /** A SEG or RTSTRUCT refers to one of them. */
  hasLabels: boolean;
  /** The channel it was taken for. */
  channel?: string;
}

interface ImportProgress {
  done: number;
  total: number;
  message: string;
}

/** How things are told to whoever asked for the import. */
export interface ImportContext {
  signal?: AbortSignal | undefined;
  progress?: ((progress: ImportProgress) => void) | undefined;
}

export interface ImportOptions {
  /** The nnUNet_raw folder; made if it does not exist. */
  rawRoot: string;
  /** Otherwise the source's own number, or the lowest free one. */
  id?: number | undefined;
  /** Otherwise the source's own name. */
  name?: string | undefined;
  dicom?: DicomWishes | undefined;
  progress?: ((progress: ImportProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
  /** Of channels and labels, in place of those that are found out. */
  names?: GivenNames | undefined;
  /** Find out everything, write nothing. */
  dryRun?: boolean | undefined;
}

export interface ImportResult {
  /** The dataset's folder (with dryRun: where it would be). */
  folder: string;
  id: number;
  name: string;
  cases: string[];
  testCases: string[];
  /** What was inferred, one sentence each. */
  report: string[];
  /** Cases that were left out, and why. */
  refused: RefusedCase[];
  /** Every file of the source that is in no case of the dataset, and why. */
  unused: UnusedFile[];
  /** Of a DICOM source: what there is to choose channels from. */
  seriesKinds?: SeriesKind[];
  datasetJson: DatasetJson;
}
