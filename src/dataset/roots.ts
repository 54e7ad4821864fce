/** Where nnU-Net's three roots lie for this person: an explicit root, a setting, nnU-Net's environment variables or the open folder. */
import { homedir } from 'node:os';
import { isAbsolute, join, relative, resolve } from 'node:path';

export type RootName = 'raw' | 'preprocessed' | 'results';
/** Which of the four places named a root, strongest first. */
type RootSource = 'option' | 'setting' | 'environment' | 'workspace';

export const rootNames: readonly RootName[] = ['raw', 'preprocessed', 'results'];
/** Folder name below a common root, and nnU-Net's environment variable, of each root. */
export const rootFolderNames: Readonly<Record<RootName, string>> = {
  raw: 'nnUNet_raw',
  preprocessed: 'nnUNet_preprocessed',
  results: 'nnUNet_results',
};

export interface Roots extends Record<RootName, string> {
  sources: Record<RootName, RootSource>;
}

interface RootsOptions {
  /** `--root DIR`: the folder that holds the three roots. Beats everything else. */
  root?: string | undefined;
  /** VS Code settings: a common root, or single folders. */
  settings?: Partial<Record<RootName | 'root', string>> | undefined;
  /** Defaults to this process's environment. */
  environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Workspace folder; the current folder where there is none. */
  workspace?: string | undefined;
}

/** The three roots as absolute paths. Nothing is created and nothing has to exist. */
export function resolveRoots(options: RootsOptions = {}): Roots {
  const workspace = options.workspace ?? process.cwd();
  const raw = resolveRoot('raw', options, workspace);
  const preprocessed = resolveRoot('preprocessed', options, workspace);
  const results = resolveRoot('results', options, workspace);
  return {
    raw: raw.folder,
    preprocessed: preprocessed.folder,
    results: results.folder,
    sources: { raw: raw.source, preprocessed: preprocessed.source, results: results.source },
  };
}

/** Which place of several holds one of these paths: the roots that it lies in, or else the first. */
export function rootsHolding(paths: readonly string[], all: readonly Roots[]): Roots {
  const holds = (roots: Roots): boolean => paths.some((path) => rootNames.some((root) => isInside(path, roots[root])));
  return all.find(holds) ?? all[0]!;
}

/**
 * The roots of each of several workspace folders. A folder counts only where all three of its roots are its own: what a setting or the
 * environment names is there once. @returns at least one, in the order of the folders
 */
export function resolveAllRoots(workspaces: readonly string[], options: Omit<RootsOptions, 'workspace'> = {}): Roots[] {
  const [first, ...others] = workspaces.map((workspace) => resolveRoots({ ...options, workspace }));
  const all = [first ?? resolveRoots(options)];
  for (const roots of others) {
    const isOwn = rootNames.every((root) => all.every((before) => before[root] !== roots[root]));
    if (isOwn) all.push(roots);
  }
  return all;
}

function isInside(path: string, folder: string): boolean {
  const below = relative(folder, path);
  return below === '' || (!below.startsWith('..') && !isAbsolute(below));
}

/** The roots that lie side by side below one folder. */
export function rootsBelow(folder: string, source: RootSource = 'option'): Roots {
  return {
    raw: join(folder, rootFolderNames.raw),
    preprocessed: join(folder, rootFolderNames.preprocessed),
    results: join(folder, rootFolderNames.results),
    sources: { raw: source, preprocessed: source, results: source },
  };
}

function resolveRoot(name: RootName, options: RootsOptions, workspace: string): { folder: string; source: RootSource } {
  const folderName = rootFolderNames[name];
  const root = clean(options.root);
  if (root) return { folder: join(absolute(root, process.cwd()), folderName), source: 'option' };
  const single = clean(options.settings?.[name]);
  if (single) return { folder: absolute(single, workspace), source: 'setting' };
  const common = clean(options.settings?.root);
  if (common) return { folder: join(absolute(common, workspace), folderName), source: 'setting' };
  const variable = clean((options.environment ?? process.env)[folderName]);
  if (variable) return { folder: absolute(variable, process.cwd()), source: 'environment' };
  return { folder: join(resolve(workspace), folderName), source: 'workspace' };
}

/** Without blanks and without the quotes that `set nnUNet_raw="C:\…"` leaves in the value on Windows. */
function clean(value: string | undefined): string {
  const text = value?.trim() ?? '';
  return /^(".*"|'.*')$/.test(text) ? text.slice(1, -1).trim() : text;
}

function absolute(path: string, base: string): string {
  const expanded = path === '~' || /^~[\\/]/.test(path) ? join(homedir(), path.slice(1)) : path;
  return isAbsolute(expanded) ? resolve(expanded) : resolve(base, expanded);
}
