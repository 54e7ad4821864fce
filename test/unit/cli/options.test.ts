import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commands } from '../../../src/cli/commands';
import type { OptionSpec } from '../../../src/cli/command';

describe('an option of several commands', () => {
  const all = commands.flatMap(({ name, options }) => options.map((option) => ({ command: name, option })));

  it('has the same letter everywhere, and takes the same numbers', () => {
    const known = new Map<string, { command: string; shape: string }>();
    for (const { command, option } of all) {
      const { name, alias, kind, min, max } = option;
      // A text and a list of texts are the same letter; numbers are also within the same bounds.
      const shape = JSON.stringify(
        ['integer', 'number', 'duration'].includes(kind) ? [alias, kind, min, max] : [alias],
      );
      const before = known.get(name) ?? { command, shape };
      known.set(name, before);
      assert.equal(shape, before.shape, `--${name} of ${command} and of ${before.command}`);
    }
  });

  it('has no letter of another one in the same command', () => {
    for (const { name, options } of commands) {
      const letters = options.flatMap(({ alias }: OptionSpec) => alias ?? []);
      assert.equal(new Set(letters).size, letters.length, name);
    }
  });
});
