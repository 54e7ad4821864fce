/** Who says where nnU-Net's folders are? For the person, who may look for them elsewhere. */
import { rootFolderNames, rootNames, type RootName, type Roots } from '../../dataset/roots';

type Source = Roots['sources'][RootName];

/** Of one root. */
export function sourceText(source: Source, root: RootName): string {
  switch (source) {
    case 'workspace':
      return 'in the workspace';
    case 'setting':
      return 'by a setting';
    case 'environment':
      return `by the variable ${rootFolderNames[root]}`;
    case 'option':
      return 'as given';
  }
}

/** Of all of them, for the head of the list: only what a person may not expect is said. */
export function sourcesText(all: readonly Pick<Roots, 'sources'>[]): string | undefined {
  const sources = new Set(all.flatMap((roots) => rootNames.map((root) => roots.sources[root])));
  if (sources.has('environment'))
    return sources.has('setting') ? 'by settings and the environment' : 'by the environment';
  return sources.has('setting') ? 'by settings' : undefined;
}
