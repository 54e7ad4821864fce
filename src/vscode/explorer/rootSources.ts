/** Who says where nnU-Net's folders are? For the person, who may look for them elsewhere. */
import { t } from '@vscode/l10n';
import { rootFolderNames, rootNames, type RootName, type Roots } from '../../dataset/roots';

type Source = Roots['sources'][RootName];

/** Of one root. */
export function sourceText(source: Source, root: RootName): string {
  switch (source) {
    case 'workspace':
      return t('in the workspace');
    case 'setting':
      return t('by a setting');
    case 'environment':
      return t('by the variable {0}', rootFolderNames[root]);
    case 'option':
      return t('as given');
  }
}

/** Of all of them, for the head of the list: only what a person may not expect is said. */
export function sourcesText(all: readonly Pick<Roots, 'sources'>[]): string | undefined {
  const sources = new Set(all.flatMap((roots) => rootNames.map((root) => roots.sources[root])));
  if (sources.has('environment'))
    return sources.has('setting') ? t('by settings and the environment') : t('by the environment');
  return sources.has('setting') ? t('by settings') : undefined;
}
