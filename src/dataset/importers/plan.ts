/** What an importer found out about a source before anything is written. */

export interface ImportImage {
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

export interface ImportPlan {
  /** Number that the source itself suggests (MSD task, nnU-Net v1 task, DatasetXXX). */
  suggestedId?: number;
  suggestedName: string;
  cases: ImportCase[];
  testCases: ImportCase[];
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

export interface ImportProgress {
  done: number;
  total: number;
  message: string;
}

/** How things are told to whoever asked for the import. */
export interface ImportContext {
  signal?: AbortSignal | undefined;
  progress?: ((progress: ImportProgress) => void) | undefined;
}
