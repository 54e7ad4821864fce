/** Which findings of a full check still hold after dataset.json was corrected, without reading the volumes again? */
import type { DatasetJson } from '../method/datasetJson';
import { positionOfKey } from './checks/datasetJson';
import { undeclaredText } from './checks/undeclared';
import type { Finding } from './findings';

/** dataset.json and the training cases as they are now. */
interface CorrectedDataset {
  datasetJson: DatasetJson;
  text: string;
  declaredValues: ReadonlySet<number>;
  cases: readonly { id: string }[];
}

/** @param channels  channel_names at the time of the check */
export function stillHolding(
  findings: readonly Finding[],
  channels: DatasetJson['channel_names'],
  now: CorrectedDataset,
): Finding[] {
  const ids = new Set(now.cases.map(({ id }) => id));
  const sameChannels = JSON.stringify(channels) === JSON.stringify(now.datasetJson.channel_names);
  return findings.flatMap((finding): Finding[] => {
    if (finding.case !== undefined && !ids.has(finding.case)) return [];
    switch (finding.code) {
      case 'label-undeclared':
        return stillUndeclared(finding, now);
      case 'label-never-occurs':
        return stillDeclared(finding, now);
      case 'channel-count':
      case 'extreme-intensity':
        // How channels are counted and normalised follows from their names: another check would say it anew.
        return sameChannels ? [finding] : [];
      default:
        return [finding];
    }
  });
}

function stillUndeclared(finding: Finding, { declaredValues }: CorrectedDataset): Finding[] {
  const values = (finding.values ?? []).filter((value) => !declaredValues.has(value));
  return values.length > 0 ? [{ ...finding, values, message: undeclaredText(values) }] : [];
}

/** A label that was removed, or has another value now, is no longer missed; others may stand in another line. */
function stillDeclared(finding: Finding, { datasetJson, text }: CorrectedDataset): Finding[] {
  const values = String(finding.values);
  const name = Object.keys(datasetJson.labels).find((one) => String([datasetJson.labels[one]].flat()) === values);
  return name === undefined ? [] : [{ ...finding, ...positionOfKey(text, ['labels', name]) }];
}
