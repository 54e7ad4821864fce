/** What is told of a dataset, as plain data: dataset_card.json, from which the pages are made. Types only. */
import type { Vector3 } from '../../geometry/types';
import type { Picture } from '../report';

export interface DatasetCard {
  /** Of what this is: tells the file from others. */
  format: 'nnunet-dataset-card';
  /** DatasetXXX_Name */
  dataset: string;
  /** ISO 8601 */
  created: string;
  /** Foreground labels or regions. */
  labels: CardLabel[];
  channels: CardChannel[];
  volumeUnit: 'ml' | 'pixel';
  /** In the dataset's order. */
  cases: CardCase[];
  /** What could not be read, and why. */
  unread: { id: string; message: string }[];
}

interface CardLabel {
  /** As in summary.json. */
  key: string;
  name: string;
}

export interface CardChannel {
  name: string;
  /** Of all voxels, and of those within any label; over the same range. */
  range: [low: number, high: number];
  all: number[];
  labelled: number[];
}

export interface CardCase {
  id: string;
  /** Voxels and mm, array order. */
  shape: Vector3;
  spacing: Vector3;
  /** By the labels' keys; a label that is not there has 0. */
  volumes: Record<string, number>;
  /** Through the slice with most labelled voxels. */
  picture?: Picture;
}
