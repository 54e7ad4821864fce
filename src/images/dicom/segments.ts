/** What a DICOM SEG or RTSTRUCT holds: names of its structures, and the series that they were drawn on. */
import { charsetOf, decimalOf, itemOf, itemsOf, textOf, wordOf, type DataSet } from './attributes';
import type { DicomFile } from './dicomFile';

interface Structure {
  /** SegmentNumber, ROINumber. */
  number: number;
  name: string;
}

export interface DrawnStructures {
  kind: 'SEG' | 'RTSTRUCT';
  opened: DicomFile;
  study: string;
  frameOfReference: string;
  /** Of the series that it says it was drawn on. */
  series: string[];
  /** SOP instances it refers to: tells the series where none is named. */
  instances: Set<string>;
  structures: Structure[];
}

const segmentationClasses = ['1.2.840.10008.5.1.4.1.1.66.4', '1.2.840.10008.5.1.4.1.1.66.7'];
const structureSetClass = '1.2.840.10008.5.1.4.1.1.481.3';

/** Undefined for DICOM that is neither. */
export function drawnStructures(opened: DicomFile): DrawnStructures | undefined {
  const sopClass = textOf(opened.item, '00080016') ?? '';
  if (segmentationClasses.includes(sopClass)) return segmentation(opened);
  return sopClass === structureSetClass ? structureSet(opened) : undefined;
}

function segmentation(opened: DicomFile): DrawnStructures {
  const { item } = opened;
  const series = itemsOf(item, '00081115');
  const sources = itemsOf(item, '52009230').flatMap((frame) => sourceImages(frame));
  const instances = series.flatMap((one) => itemsOf(one, '0008114a').map((image) => textOf(image, '00081155') ?? ''));
  const segments = itemsOf(item, '00620002').map((segment, i) => ({
    number: wordOf(segment, '00620004') ?? i + 1,
    name: nameOf(segment, '00620005', item) ?? `segment ${i + 1}`,
  }));
  return {
    kind: 'SEG',
    opened,
    study: textOf(item, '0020000d') ?? '',
    frameOfReference: textOf(item, '00200052') ?? '',
    series: series.flatMap((one) => textOf(one, '0020000e') ?? []),
    instances: new Set([...instances, ...sources].filter(Boolean)),
    // A labelmap lists its background, too.
    structures: segments.filter(({ number }) => number !== 0),
  };
}

/** SOP instances that a frame was made from. */
function sourceImages(frame: DataSet): string[] {
  return itemsOf(frame, '00089124').flatMap((derivation) =>
    itemsOf(derivation, '00082112').flatMap((image) => textOf(image, '00081155') ?? []),
  );
}

function structureSet(opened: DicomFile): DrawnStructures {
  const { item } = opened;
  const frames = itemsOf(item, '30060010');
  const series = frames.flatMap((frame) =>
    itemsOf(frame, '30060012').flatMap((study) =>
      itemsOf(study, '30060014').flatMap((one) => textOf(one, '0020000e') ?? []),
    ),
  );
  const contours = itemsOf(item, '30060039').flatMap((roi) => itemsOf(roi, '30060040'));
  const instances = contours.flatMap((contour) => textOf(itemOf(contour, '30060016'), '00081155') ?? []);
  return {
    kind: 'RTSTRUCT',
    opened,
    study: textOf(item, '0020000d') ?? '',
    frameOfReference: textOf(frames[0], '00200052') ?? '',
    series,
    instances: new Set(instances),
    structures: itemsOf(item, '30060020').map((roi, i) => ({
      number: decimalOf(roi, '30060022') ?? i + 1,
      name: nameOf(roi, '30060026', item) ?? `structure ${i + 1}`,
    })),
  };
}

function nameOf(item: DataSet, tag: string, whole: DataSet): string | undefined {
  return textOf(item, tag, charsetOf(whole));
}
