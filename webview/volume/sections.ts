/** Which sheets are there beside the panes? */
import { comparisonSection } from './comparisonSection';
import { fileSection } from './fileSection';
import { labelSection } from './labelSection';
import type { Section } from './section';
import type { SectionOwner } from './sectionOwner';
import { segmentationSection } from './segmentationSection';

export const sections = (owner: SectionOwner): Section[] => [
  segmentationSection(owner),
  labelSection(owner),
  comparisonSection(owner),
  fileSection(owner),
];
