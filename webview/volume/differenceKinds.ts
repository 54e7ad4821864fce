/** Names and colours of the difference map's values (`DifferenceCodes` of the protocol). */
import { t } from '@vscode/l10n';
import type { ErrorComponent } from '../../src/protocol/volume';
import { falseNegative, falsePositive, otherLabel, type Colour } from './colours';

interface DifferenceKind {
  name: string;
  colour: Colour;
  opacity: number;
}

export const differenceKinds: ReadonlyMap<number, DifferenceKind> = new Map([
  [1, { name: t('Agreement'), colour: [128, 128, 128] as const, opacity: 0.25 }],
  [2, { name: t('False positive'), colour: falsePositive, opacity: 0.9 }],
  [3, { name: t('False negative'), colour: falseNegative, opacity: 0.9 }],
  [4, { name: t('Wrong label'), colour: otherLabel, opacity: 0.9 }],
]);

const codes: Record<ErrorComponent['kind'], number> = { falsePositive: 2, falseNegative: 3, otherLabel: 4 };

export const kindOf = ({ kind }: ErrorComponent): DifferenceKind | undefined => differenceKinds.get(codes[kind]);
