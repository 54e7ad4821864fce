import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Command } from '../../../src/cli/command';
import { parseArguments } from '../../../src/cli/parse';
import { type NnunetError } from '../../../src/method/errors';

const command: Command = {
  name: 'demo',
  summary: '',
  description: '',
  arguments: [
    { name: 'DATASET', description: '' },
    { name: 'EXTRA', description: '', optional: true },
  ],
  options: [
    { name: 'configuration', alias: 'c', kind: 'text', value: 'CONFIG', required: true, description: '' },
    { name: 'folds', alias: 'f', kind: 'list', value: 'FOLDS', description: '' },
    { name: 'epochs', kind: 'integer', min: 1, description: '' },
    { name: 'gpu-memory', kind: 'number', min: 0, exclusiveMin: true, description: '' },
    { name: 'budget', kind: 'duration', description: '' },
    { name: 'planner', kind: 'text', choices: ['default', 'resenc-l'], description: '' },
    { name: 'resume', kind: 'flag', description: '' },
    { name: 'no-mirroring', kind: 'flag', description: '' },
    { name: 'offset', kind: 'integer', description: '' },
    { name: 'device', kind: 'text', choices: ['auto', 'cpu'], alsoTaken: /^cuda:\d$/, description: '' },
  ],
  examples: [],
  run: async () => undefined,
};

const parse = (line: string) => parseArguments(command, line.split(' ').filter(Boolean));

describe('parsing a command line', () => {
  it('takes short and long options, values behind a space or =', () => {
    const parsed = parse('4 -c 3d_fullres --epochs=12 --budget 1h30m --resume');
    assert.deepEqual(parsed.positionals, ['4']);
    assert.equal(parsed.requiredText('configuration'), '3d_fullres');
    assert.equal(parsed.number('epochs'), 12);
    assert.equal(parsed.number('budget'), 5400);
    assert.equal(parsed.flag('resume'), true);
    assert.equal(parsed.flag('json'), false);
    assert.equal(parsed.text('root'), undefined);
  });

  it('takes a list up to the next option', () => {
    assert.deepEqual(parse('4 -f 0 1 2 -c 2d').list('folds'), ['0', '1', '2']);
    assert.deepEqual(parse('4 -c 2d -f 0,1').list('folds'), ['0,1']);
    assert.deepEqual(parse('4 -c 2d -f 0 --resume -f 1').list('folds'), ['0', '1']);
  });

  it('knows a flag that begins with "no-" from one that was not given', () => {
    assert.deepEqual(
      [parse('4 -c 2d --no-mirroring').flag('no-mirroring'), parse('4 -c 2d').flag('no-mirroring')],
      [true, false],
    );
    assert.equal(parse('4 -c 2d').has('no-mirroring'), false);
  });

  it('takes what is allowed beside the choices', () => {
    assert.equal(parse('4 -c 2d --device cuda:1').text('device'), 'cuda:1');
  });

  it('takes a negative number as a value, not as an option', () => {
    assert.deepEqual(parse('4 -c 2d -f -1').list('folds'), ['-1']);
    assert.equal(parse('4 -c 2d --offset -3').number('offset'), -3);
  });

  it('takes what follows -- as arguments', () => {
    assert.deepEqual(parse('-c 2d -- -odd-name').positionals, ['-odd-name']);
  });

  const refused: [line: string, code: string, said: RegExp][] = [
    ['4 -c 2d --epoch 3', 'unknown-option', /Did you mean "--epochs"\?/],
    ['4 -c 2d --gpu_memory 3', 'unknown-option', /Did you mean "--gpu-memory"\?/],
    ['4 -c 2d -x', 'unknown-option', /nnunet demo --help/],
    ['4', 'missing-option', /-c, --configuration is missing/],
    ['-c 2d', 'missing-argument', /DATASET is missing/],
    ['-c 2d -f 0 4', 'missing-argument', /DATASET is missing.*"-f 0 4" took every word behind it/],
    ['4 5 6 -c 2d', 'extra-argument', /"6" is one argument too many/],
    ['4 -c', 'missing-value', /-c needs a value \(CONFIG\)/],
    ['4 -c --resume', 'missing-value', /-c needs a value/],
    ['4 -c 2d -c 3d_fullres', 'repeated-option', /given twice/],
    ['4 -c 2d --epochs 0', 'bad-value', /a whole number, 1 or more/],
    ['4 -c 2d --epochs 1.5', 'bad-value', /a whole number/],
    ['4 -c 2d --epochs ten', 'bad-value', /can't be "ten"/],
    ['4 -c 2d --gpu-memory 0', 'bad-value', /above 0/],
    ['4 -c 2d --budget 20', 'bad-duration', /90s, 20m/],
    ['4 -c 2d --planner resenc-m', 'bad-value', /Did you mean "resenc-l"\?/],
    ['4 -c 2d --planner=', 'missing-value', /--planner needs a value/],
    ['4 -c 2d --device gpu', 'bad-value', /one of auto, cpu/],
    ['4 -c 2d --resume=yes', 'unexpected-value', /takes no value/],
  ];
  for (const [line, code, said] of refused) {
    it(`refuses "${line}" with advice`, () => {
      assert.throws(
        () => parse(line),
        (error: NnunetError) => error.code === code && said.test(error.oneLine),
      );
    });
  }
});
