/** Where does a new dataset go? In a workspace of several folders the person says it. */
import * as vscode from 'vscode';
import type { Roots } from '../../dataset/roots';
import { placeNames } from '../catalog/placeNames';
import { placesForNew, rootsAround } from '../settings';
import { oneOf } from '../wizard/list';
import type { Asker } from '../wizard/walk';

/** How many questions that takes. */
export function placeSteps(): number {
  return placesForNew().length > 1 ? 1 : 0;
}

/** @param source  what it is made from: a folder of the workspace that this lies in is the one that is meant */
export async function askPlace(asker: Asker, source?: string): Promise<Roots> {
  const places = placesForNew();
  const names = placeNames(places);
  if (names.length === 0) return places[0]!;
  const meant = source === undefined ? undefined : rootsAround(source);
  const items = places
    .map((roots, at) => ({ label: names[at]!, description: roots.raw, key: roots.raw, value: roots }))
    .filter(({ key }) => meant === undefined || key === meant.raw);
  const placeholder = vscode.l10n.t('Which folder of the workspace shall it go to?');
  return asker.ask('place', oneOf({ placeholder, items: () => items, takesOnly: true }));
}
