/** What src/ and webview/ export is used: by another file of the program, or by itself and a test that looks at it alone. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import type TypeScript from 'typescript';
import { repositoryRoot } from '../../shared';

const ts = createRequire(join(repositoryRoot, 'package.json'))('typescript') as typeof TypeScript;

/** What VS Code calls. */
const entryPoints = ['src/extension.ts: activate', 'src/extension.ts: deactivate'];

/** Proven by tests, and not called yet; whoever calls one takes its line away. */
const comingUse: Record<string, string> = {
  'src/dataset/blosc2.ts: readBlosc2Header':
    'the masks that nnU-Net hands to the next stage of a cascade, before their voxels are read',
  'src/voxels/components.ts: connectedComponents': 'islands of labels',
};

interface Module {
  /** Names that it exports, and how often it names each one itself beside the declaration. */
  exported: Map<string, number>;
  /** Of each imported module the names taken; "*" is all of them. */
  imported: Map<string, Set<string>>;
}

function exportedNames(statement: TypeScript.Statement): string[] {
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  if (ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause))
    return statement.exportClause.elements.map(({ name }) => name.text);
  if (!modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
  const declarations = ts.isVariableStatement(statement) ? statement.declarationList.declarations : [statement];
  return declarations.flatMap((declaration) => {
    const name = (declaration as { name?: TypeScript.BindingName }).name;
    if (name === undefined) return [];
    return ts.isIdentifier(name)
      ? [name.text]
      : name.elements.flatMap((one) => (ts.isBindingElement(one) ? [one.name.getText()] : []));
  });
}

/** True where an identifier stands for what the file calls so: no declaration, property or key of that name. */
function isReference(node: TypeScript.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name !== node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  return (parent as { name?: TypeScript.Node }).name !== node;
}

function moduleOf(source: TypeScript.SourceFile, resolve: (specifier: string) => string | undefined): Module {
  const exported = new Map(source.statements.flatMap(exportedNames).map((name) => [name, 0]));
  const imported = new Map<string, Set<string>>();
  /** Names of whole modules, as `import * as name` gives them. */
  const whole = new Map<string, string>();
  const take = (specifier: TypeScript.Node | undefined, names: (target: string) => readonly string[]): void => {
    const target = specifier && ts.isStringLiteralLike(specifier) ? resolve(specifier.text) : undefined;
    if (target === undefined) return;
    imported.set(target, new Set([...(imported.get(target) ?? []), ...names(target)]));
  };
  const namesOf = (bindings: TypeScript.NamedImportBindings | TypeScript.NamedExportBindings): string[] | undefined =>
    ts.isNamedImports(bindings) || ts.isNamedExports(bindings)
      ? bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text)
      : undefined;
  const visit = (node: TypeScript.Node): void => {
    if (ts.isIdentifier(node) && exported.has(node.text) && isReference(node))
      exported.set(node.text, exported.get(node.text)! + 1);
    if (ts.isImportDeclaration(node)) {
      const bindings = node.importClause?.namedBindings;
      take(node.moduleSpecifier, (target) => {
        if (!bindings) return [];
        if (ts.isNamespaceImport(bindings)) whole.set(bindings.name.text, target);
        return namesOf(bindings) ?? [];
      });
    } else if (ts.isExportDeclaration(node)) {
      take(node.moduleSpecifier, () => (node.exportClause && namesOf(node.exportClause)) ?? ['*']);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      take(node.argument.literal, () => [node.qualifier?.getText().split('.')[0] ?? '*']);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const declaration = node.parent.parent;
      const pattern = ts.isVariableDeclaration(declaration) && declaration.name;
      const taken = pattern && ts.isObjectBindingPattern(pattern) ? pattern.elements : undefined;
      take(node.arguments[0], () => taken?.map(({ name, propertyName }) => (propertyName ?? name).getText()) ?? ['*']);
    } else if (ts.isPropertyAccessExpression(node) || ts.isQualifiedName(node)) {
      const [left, right] = ts.isQualifiedName(node) ? [node.left, node.right] : [node.expression, node.name];
      const target = ts.isIdentifier(left) ? whole.get(left.text) : undefined;
      if (target !== undefined) imported.get(target)!.add(right.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { exported, imported };
}

/** Every module by its path from the root; `files` gives the text of each. */
function modulesOf(files: ReadonlyMap<string, string>): Map<string, Module> {
  return new Map(
    [...files].map(([file, text]) => {
      const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
      const resolve = (specifier: string): string | undefined => {
        const target = join(dirname(file), specifier);
        if (!specifier.startsWith('.')) return undefined;
        return [target, `${target}.ts`, join(target, 'index.ts')].find((one) => files.has(one));
      };
      return [file, moduleOf(source, resolve)];
    }),
  );
}

const isProgram = (file: string): boolean => /^(src|webview)\//.test(file);

/** "FILE: NAME" of what nobody calls, and of what needs no `export`. */
function unused(modules: ReadonlyMap<string, Module>): { byAnybody: string[]; byOthers: string[] } {
  const takers = new Map<string, string[]>();
  for (const [file, { imported }] of modules)
    for (const [target, names] of imported)
      for (const name of names) takers.set(`${target}: ${name}`, [...(takers.get(`${target}: ${name}`) ?? []), file]);
  const [byAnybody, byOthers]: [string[], string[]] = [[], []];
  for (const [file, { exported }] of modules) {
    if (!isProgram(file) || takers.has(`${file}: *`)) continue;
    for (const [name, references] of exported) {
      const by = takers.get(`${file}: ${name}`) ?? [];
      if (by.some(isProgram)) continue;
      if (references === 0) byAnybody.push(`${file}: ${name}`);
      else if (by.length === 0) byOthers.push(`${file}: ${name}`);
    }
  }
  return { byAnybody, byOthers };
}

describe('exports', () => {
  const files = ['src', 'webview', 'test', 'tools'].flatMap((top) =>
    readdirSync(join(repositoryRoot, top), { recursive: true })
      .map((name) => join(top, String(name)))
      .filter((name) => /\.(ts|mjs)$/.test(name) && !name.endsWith('.d.ts')),
  );
  const found = unused(
    modulesOf(new Map(files.map((file) => [file, readFileSync(join(repositoryRoot, file), 'utf8')]))),
  );

  it('are seen however they are taken', () => {
    const text = {
      'src/a.ts': 'export const a = 1, alone = 2; export type T = 1; export function f() {} export const own = 1; own;',
      'src/b.ts': "import { a as other } from './a'; export const late = import('./c'); let x: import('./a').T;",
      'src/c.ts': "import * as all from './a'; all.f(); export { late } from './b'; export class C { alone = 1 }",
      'test/a.ts': "import { alone } from '../src/a';",
    };
    assert.deepEqual(unused(modulesOf(new Map(Object.entries(text)))), {
      byAnybody: ['src/a.ts: alone'],
      byOthers: ['src/a.ts: own'],
    });
  });

  it('are called by the program, or stand for what is coming', () => {
    assert.deepEqual(found.byAnybody.sort(), [...entryPoints, ...Object.keys(comingUse)].sort());
  });

  it('serve another file', () => {
    assert.deepEqual(found.byOthers, []);
  });
});
