/** Files of tests that are names with contents; 'scan' is what holds no labels. */
import type { SearchedFiles } from '../../../../src/vscode/volume/files';

/** A file system that consists of names, as a virtual one may be; values are contents. */
export function filesOf(contents: Record<string, string>, timeOf: (file: string) => number = () => 1): SearchedFiles {
  const paths = Object.keys(contents);
  return {
    list: async (folder) => {
      const inside = paths.filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1));
      if (inside.length === 0) return undefined;
      const names = new Map(inside.map((rest) => [rest.split('/')[0]!, rest.includes('/')]));
      return [...names].map(([name, isFolder]) => ({ name, isFolder }));
    },
    exists: async (file) => file in contents,
    readText: async (file) => contents[file],
    version: async (file) => (file in contents ? `${timeOf(file)} ${contents[file]!.length}` : undefined),
    holdsLabels: async (file) => contents[file] !== 'scan',
  };
}
