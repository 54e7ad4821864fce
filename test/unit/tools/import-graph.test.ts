/** No circles of imports, type-only ones counted, neither between files nor between the rooms of src/ and webview/. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import type TypeScript from 'typescript';
import { repositoryRoot } from '../../shared';

const ts = createRequire(join(repositoryRoot, 'package.json'))('typescript') as typeof TypeScript;

/** To be undone: whoever undoes one takes its line away. No line is ever added. */
const openFileCircles: string[] = [];
const openRoomCircles: string[] = [];

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

function importsOfFiles(): Graph {
  const files = ['src', 'webview'].flatMap((top) =>
    readdirSync(join(repositoryRoot, top), { recursive: true })
      .map((name) => join(top, String(name)))
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts')),
  );
  const known = new Set(files);
  return new Map(
    files.map((file) => {
      const text = readFileSync(join(repositoryRoot, file), 'utf8');
      const imports = ts
        .preProcessFile(text, true, true)
        .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
        .map(({ fileName }) => join(dirname(file), fileName))
        .map((target) => [`${target}.ts`, join(target, 'index.ts')].find((one) => known.has(one)));
      return [file, new Set(imports.filter((target) => target !== undefined))];
    }),
  );
}

/** The first folder of src/, of src/vscode/ and of webview/, and pipeline/prediction, what lies deeper included; a file beside these is a room of its own. */
function roomOf(file: string): string {
  const [top, first, second] = file.replace(/\.ts$/, '').split('/');
  if (top === 'webview') return `webview/${first}`;
  if (first === 'pipeline' && second === 'prediction') return 'pipeline/prediction';
  return first === 'vscode' ? `vscode/${second}` : first!;
}

function betweenRooms(files: Graph): Graph {
  const rooms = new Map<string, Set<string>>();
  for (const [file, imports] of files) {
    const room = roomOf(file);
    const others = rooms.get(room) ?? new Set();
    rooms.set(room, others);
    for (const target of imports) if (roomOf(target) !== room) others.add(roomOf(target));
  }
  return rooms;
}

/** Each set of two or more that all reach one another (Tarjan's strongly connected components), by name. */
function circlesIn(graph: Graph): string[] {
  const [order, low] = [new Map<string, number>(), new Map<string, number>()];
  const path: string[] = [];
  const circles: string[] = [];
  const visit = (node: string): void => {
    order.set(node, order.size);
    low.set(node, order.get(node)!);
    path.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) visit(next);
      if (path.includes(next)) low.set(node, Math.min(low.get(node)!, low.get(next)!));
    }
    if (low.get(node) !== order.get(node)) return;
    const circle = path.splice(path.indexOf(node));
    if (circle.length > 1) circles.push(circle.sort().join(' <-> '));
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return circles.sort();
}

/** Rooms that import each other, and what is left in a circle without them. */
function roomCircles(rooms: Graph): string[] {
  const isMutual = (a: string, b: string): boolean => rooms.get(a)!.has(b) && rooms.get(b)?.has(a) === true;
  const pairs = [...rooms].flatMap(([a, others]) =>
    [...others].filter((b) => a < b && isMutual(a, b)).map((b) => `${a} <-> ${b}`),
  );
  const others = new Map([...rooms].map(([a, to]) => [a, new Set([...to].filter((b) => !isMutual(a, b)))]));
  return [...pairs, ...circlesIn(others)].sort();
}

describe('the graph of imports', () => {
  const files = importsOfFiles();

  it('sees type-only imports, and both ways of naming a folder', () => {
    assert.ok(files.get('src/protocol/volume.ts') && files.size > 400);
    assert.ok(files.get('src/vscode/services.ts')!.has('src/vscode/catalog/catalog.ts'), 'a type-only import');
    assert.ok(files.get('src/extension.ts')!.has('src/vscode/commands/index.ts'), 'a folder');
  });

  it('finds circles of two and of more', () => {
    const graph = new Map(
      Object.entries({ a: 'b', b: 'a', c: 'd', d: 'e', e: 'c', f: 'a' }).map(([from, to]) => [from, new Set([to])]),
    );
    assert.deepEqual(circlesIn(graph), ['a <-> b', 'c <-> d <-> e']);
    assert.deepEqual(roomCircles(graph), ['a <-> b', 'c <-> d <-> e']);
  });

  it('has no circle of files but the open ones', () => {
    assert.deepEqual(circlesIn(files), openFileCircles);
  });

  it('has no circle of rooms but the open ones', () => {
    assert.deepEqual(roomCircles(betweenRooms(files)), openRoomCircles);
  });
});
