/** Puts this program on a cluster that does not have it: once for each version, in that user's cache there, whole or not at all. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { RunError } from '../../method/errors';
import { mapConcurrently } from '../../storage/mapConcurrently';
import type { Ask } from './commands';

/** Some hundred megabytes, through whatever lies between. */
const copySeconds = 1800;

/** What only shows, or only explains. */
const isLeftOut = (path: string): boolean => path.startsWith('dist/webview/') || path.endsWith('.map');

interface Place {
  loginNode: string;
  /** This program's folder here. */
  root: string;
}

/**
 * @returns its folder there
 * @throws RunError `program-missing` where this one can't run there, or can't be copied; `program-not-copied`
 */
export async function copyProgram(ask: Ask, { loginNode, root }: Place): Promise<string> {
  // In the repository, what it needs lies in other folders.
  if (!existsSync(join(root, 'dist', 'node_modules'))) throw missing(loginNode, 'this one runs from its sources');
  const system = (await ask(['uname', '-sm'])).printed.trim();
  if (system !== systemHere()) {
    throw missing(loginNode, `this one is made for ${systemHere()}, and ${loginNode} is ${system || 'unknown'}`);
  }
  const files = await filesOf(root);
  const name = await nameOf(root, files);
  const found = await ask(['bash', '-c', findScript, 'nnunet', name]);
  const folder = found.printed.trim();
  if (found.code === 0 && folder !== '') return folder;
  const paths = files.map(({ path }) => path);
  const sums = Buffer.from(
    (await mapConcurrently(paths, 4, async (path) => `${await sumOf(join(root, path))}  ${path}\n`)).join(''),
  );
  const sent = await ask(['bash', '-c', receiveScript, 'nnunet', name, String(sums.length)], {
    input: Readable.from(sumsAndFiles(sums, root, paths)),
    patienceSeconds: copySeconds,
  });
  if (sent.code === 0) return sent.printed.trim();
  throw new RunError(
    'program-not-copied',
    `This program could not be copied to ${loginNode}: ${sent.said || 'it ended in the middle'}`,
    {
      hint: 'Nothing half-copied is used. Try again, or install it there and name its folder with --cluster-program (in VS Code: the setting "nnunet.slurm.program").',
    },
  );
}

function missing(loginNode: string, why: string): RunError {
  return new RunError('program-missing', `This program is not on ${loginNode}, and can't be copied there: ${why}`, {
    hint: 'Install it there and name its folder with --cluster-program (in VS Code: the setting "nnunet.slurm.program").',
  });
}

const where = 'folder="${XDG_CACHE_HOME:-$HOME/.cache}/nnunet/programs/$1"';

/** Prints its folder where it is there. */
const findScript = `${where}; [ -e "$folder/dist/runner.js" ] && printf '%s\\n' "$folder"`;

/** Beside its place first, then all at once, whoever else does the same. $2: how many bytes the sums have, which come first. */
const receiveScript = [
  'set -e -o pipefail; umask 077',
  where,
  'mkdir -p "${folder%/*}"',
  'incoming=$(mktemp -d "${folder%/*}/.incoming-XXXXXX")',
  'trap \'rm -rf "$incoming"\' EXIT',
  'head -c "$2" >"$incoming/files.sha256"',
  'tar -xzf - -C "$incoming"',
  'cd "$incoming"; sha256sum --check --quiet --strict files.sha256 1>&2; cd /',
  'mv -T "$incoming" "$folder" 2>/dev/null || [ -e "$folder/dist/runner.js" ]',
  'printf \'%s\\n\' "$folder"',
].join('\n');

/** As `uname -sm` says it. */
function systemHere(): string {
  const systems: Partial<Record<NodeJS.Platform, string>> = { linux: 'Linux', darwin: 'Darwin' };
  const machines: Partial<Record<NodeJS.Architecture, string>> = {
    x64: 'x86_64',
    arm64: process.platform === 'darwin' ? 'arm64' : 'aarch64',
  };
  return `${systems[process.platform] ?? process.platform} ${machines[process.arch] ?? process.arch}`;
}

interface PackedFile {
  /** As on the cluster. */
  path: string;
  bytes: number;
}

async function filesOf(root: string): Promise<PackedFile[]> {
  const names = await readdir(join(root, 'dist'), { recursive: true });
  const paths = ['package.json', ...names.map((name) => `dist/${name.split(sep).join('/')}`)];
  const found = await mapConcurrently(paths.filter((path) => !isLeftOut(path)).sort(), 16, async (path) => {
    const facts = await stat(join(root, path));
    return facts.isFile() ? [{ path, bytes: facts.size }] : [];
  });
  return found.flat();
}

/** "0.1.0-1a2b3c4d5e6f": another build is another one. */
async function nameOf(root: string, files: readonly PackedFile[]): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const hash = createHash('sha256').update(JSON.stringify(files));
  hash.update(await readFile(join(root, 'dist', 'runner.js')));
  return `${String(version).replace(/[^\w.-]/g, '_')}-${hash.digest('hex').slice(0, 12)}`;
}

async function sumOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Packed by this system's own tar, which the same system there reads. */
async function* sumsAndFiles(sums: Buffer, root: string, paths: readonly string[]): AsyncGenerator<Buffer> {
  const tar = spawn('tar', ['-czf', '-', '-C', root, '--null', '-T', '-'], { stdio: ['pipe', 'pipe', 'ignore'] });
  // Without it nothing is sent, and the other side says that something is missing.
  tar.on('error', () => tar.stdout.destroy());
  tar.stdin.on('error', () => undefined);
  tar.stdin.end(paths.join('\0'));
  yield sums;
  for await (const chunk of tar.stdout) yield chunk as Buffer;
}
