/** Is everything that package.json promises there: with a title, and with something behind it? */
import * as assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { extension, services } from './extension';

interface Contributed {
  command?: string;
  id?: string;
  view?: string;
  title?: string;
  name?: string;
  category?: string;
  icon?: string;
  contents?: string;
  [key: string]: unknown;
}

/** Titles as a person sees them: VS Code has put the strings of package.nls.json in. */
const contributes = () => extension().packageJSON.contributes;
const commands = (): Contributed[] => contributes().commands ?? [];
const views = (): Contributed[] => Object.values<Contributed[]>(contributes().views ?? {}).flat();
const settings = (): [string, Contributed][] => {
  const { configuration = [] } = contributes();
  return [configuration].flat().flatMap((section) => Object.entries<Contributed>(section.properties ?? {}));
};

/** Objects below `value` that have `key`, with a path for messages. */
function* having(value: unknown, key: string, where = 'contributes'): Generator<[string, unknown]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, child] of Object.entries(value)) {
    if (name === key && typeof child === 'string') yield [where, child];
    yield* having(child, key, `${where}.${name}`);
  }
}

function readable(text: unknown, what: string): void {
  assert.equal(typeof text, 'string', `${what}: no text`);
  assert.notEqual((text as string).trim(), '', `${what}: empty text`);
  assert.doesNotMatch(text as string, /^%.*%$/, `${what}: package.nls.json lacks it`);
}

export function contributions(): void {
  describe('contributions of package.json', () => {
    it('gives every command a title, the category nnU-Net and a handler', async () => {
      await services();
      const registered = new Set(await vscode.commands.getCommands(true));
      assert.ok(commands().length > 0, 'no commands');
      const lacking: string[] = [];
      for (const { command, title, category } of commands()) {
        readable(title, `command ${command}`);
        assert.equal(category, 'nnU-Net', `command ${command}: category`);
        assert.match(command!, /^nnunet\.[a-z][A-Za-z]*$/);
        if (!registered.has(command!)) lacking.push(command!);
      }
      assert.deepEqual(lacking, [], 'commands without a handler');
    });

    it('contributes no command twice, and has no menu or key for a command that is not there', () => {
      const ids = commands().map(({ command }) => command!);
      assert.equal(new Set(ids).size, ids.length);
      const { menus = {}, keybindings = [], submenus = [], viewsWelcome = [] } = contributes();
      for (const [where, command] of having({ menus, keybindings }, 'command'))
        assert.ok(ids.includes(command as string) || !String(command).startsWith('nnunet.'), `${where}: ${command}`);
      for (const [where, submenu] of having(menus, 'submenu'))
        assert.ok(
          submenus.some(({ id }: Contributed) => id === submenu),
          `${where}: ${submenu}`,
        );
      for (const { contents = '' } of viewsWelcome as Contributed[])
        for (const [, command] of contents.matchAll(/\(command:(nnunet\.\w+)/g))
          assert.ok(ids.includes(command!), `a welcome view offers ${command}`);
    });

    it('gives every view a name, and VS Code can focus it', async () => {
      const registered = new Set(await vscode.commands.getCommands(true));
      assert.ok(views().length > 0, 'no views');
      for (const { id, name } of views()) {
        readable(name, `view ${id}`);
        assert.ok(registered.has(`${id}.focus`), `view ${id} is not known to VS Code`);
        await vscode.commands.executeCommand(`${id}.focus`);
      }
    });

    it('welcomes only to views that exist', () => {
      for (const { view, contents } of (contributes().viewsWelcome ?? []) as Contributed[]) {
        readable(contents, `welcome of ${view}`);
        assert.ok(views().some(({ id }) => id === view) || view === 'explorer', `welcome of ${view}`);
      }
    });

    it('describes every setting and gives it a default of its type', () => {
      assert.ok(settings().length > 0, 'no settings');
      for (const [key, setting] of settings()) {
        assert.match(key, /^nnunet\.\w+/);
        readable(setting.markdownDescription ?? setting.description, `setting ${key}`);
        const types = [setting.type].flat();
        const value = setting.default;
        const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
        assert.ok(types.includes(type) || (types.includes('integer') && Number.isInteger(value)), `default of ${key}`);
        if (Array.isArray(setting.enum))
          assert.equal(
            ((setting.markdownEnumDescriptions ?? setting.enumDescriptions) as string[] | undefined)?.length,
            setting.enum.length,
            `the choices of ${key} are not described`,
          );
      }
    });

    it('replaced every %key%, and has no text that nothing uses', () => {
      const root = extension().extensionPath;
      const manifest = readFileSync(join(root, 'package.json'), 'utf8');
      const texts = JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8'));
      const used = new Set([...manifest.matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key!));
      assert.deepEqual(
        [...used].filter((key) => !(key in texts)),
        [],
      );
      assert.deepEqual(
        Object.keys(texts).filter((key) => !used.has(key)),
        [],
      );
      assert.doesNotMatch(JSON.stringify(contributes()), /"%[^%"]+%"/);
    });

    it('has every picture and page that it names', () => {
      const root = extension().extensionPath;
      for (const key of ['icon', 'light', 'dark', 'image', 'svg', 'markdown', 'path', 'url'])
        for (const [where, file] of having(contributes(), key)) {
          if (String(file).startsWith('$(') || /^https?:/.test(String(file))) continue;
          assert.ok(existsSync(join(root, String(file))), `${where}.${key}: ${file} does not exist`);
        }
    });
  });
}
