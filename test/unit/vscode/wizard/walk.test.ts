/** Does a command's way through its questions keep answers, go back by one, and go on where it was left? */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  back,
  emptyMemory,
  walk,
  type Answer,
  type Asker,
  type Frame,
  type Question,
} from '../../../../src/vscode/wizard/walk';

type Reply = string | typeof back | undefined;

/** A person who answers in this order, and everything that was asked: "name (step of steps) before". */
class Person {
  readonly asked: string[] = [];

  constructor(private readonly replies: Reply[]) {}

  question(name: string, only?: string): Question<string> {
    return {
      recall: (kept) => Promise.resolve(kept === 'gone' ? undefined : { value: kept as string, kept }),
      show: (frame) => Promise.resolve(only === undefined ? this.reply(name, frame) : onlyAnswer(only)),
    };
  }

  private reply(name: string, { step, steps, canGoBack, before }: Frame): Answer<string> | typeof back | undefined {
    this.asked.push(
      `${name} ${step}/${steps}${canGoBack ? ' back' : ''}${before === undefined ? '' : ` ${String(before)}`}`,
    );
    assert.ok(this.replies.length > 0, `${name} is one question too many`);
    const reply = this.replies.shift();
    return typeof reply === 'string' ? { value: reply, kept: reply } : reply;
  }
}

const onlyAnswer = (value: string): Answer<string> => ({ value, kept: value, isOnly: true });

const three = (person: Person) => async (asker: Asker) => [
  await asker.ask('a', person.question('a')),
  await asker.ask('b', person.question('b')),
  await asker.ask('c', person.question('c')),
];

describe('the way through the questions of a command', () => {
  const options = () => ({ title: 'Train', steps: 3, memory: emptyMemory() });

  it('asks one after the other and counts them', async () => {
    const person = new Person(['1', '2', '3']);
    assert.deepEqual(await walk(options(), three(person)), ['1', '2', '3']);
    assert.deepEqual(person.asked, ['a 1/3', 'b 2/3 back', 'c 3/3 back']);
  });

  it('goes back as often as one likes, and shows what was answered', async () => {
    const person = new Person(['1', '2', back, back, '4', '2', '3']);
    assert.deepEqual(await walk(options(), three(person)), ['4', '2', '3']);
    assert.deepEqual(person.asked, [
      'a 1/3',
      'b 2/3 back',
      'c 3/3 back',
      'b 2/3 back 2',
      'a 1/3 1',
      'b 2/3 back 2',
      'c 3/3 back',
    ]);
  });

  it('ends where the person leaves, and goes on there the next time', async () => {
    const { memory } = options();
    const first = new Person(['1', '2', undefined]);
    assert.equal(await walk({ title: 'Train', steps: 3, memory }, three(first)), undefined);
    assert.deepEqual(memory.answered, ['a', 'b']);
    const second = new Person(['3']);
    assert.deepEqual(await walk({ title: 'Train', steps: 3, memory }, three(second)), ['1', '2', '3']);
    assert.deepEqual(second.asked, ['c 3/3 back']);
  });

  it('can go back behind the place where it went on', async () => {
    const { memory } = options();
    await walk({ title: 'Train', steps: 3, memory }, three(new Person(['1', '2', undefined])));
    const second = new Person([back, '5', '3']);
    assert.deepEqual(await walk({ title: 'Train', steps: 3, memory }, three(second)), ['1', '5', '3']);
    assert.deepEqual(second.asked, ['c 3/3 back', 'b 2/3 back 2', 'c 3/3 back']);
  });

  it('asks anew from the first answer on that fits no more', async () => {
    const { memory } = options();
    await walk({ title: 'Train', steps: 3, memory }, three(new Person(['1', 'gone', '3'])));
    const second = new Person(['2', '4']);
    assert.deepEqual(await walk({ title: 'Train', steps: 3, memory }, three(second)), ['1', '2', '4']);
    assert.deepEqual(second.asked, ['b 2/3 back gone', 'c 3/3 back 3']);
  });

  it('keeps what was typed but not answered', async () => {
    const { memory } = options();
    const typed: Question<string> = {
      recall: () => Promise.resolve(undefined),
      show: (frame) => {
        frame.draft('Liv');
        return Promise.resolve(undefined);
      },
    };
    assert.equal(await walk({ title: 'Import', steps: 1, memory }, (asker) => asker.ask('name', typed)), undefined);
    const person = new Person(['Liver']);
    assert.equal(
      await walk({ title: 'Import', steps: 1, memory }, (asker) => asker.ask('name', person.question('name'))),
      'Liver',
    );
    assert.deepEqual(person.asked, ['name 1/1 Liv']);
  });

  it('neither counts nor goes back to what needed no question', async () => {
    const person = new Person(['2', back, '5', '3']);
    const body = async (asker: Asker) => [
      await asker.ask('a', person.question('a', 'the only one')),
      await asker.ask('b', person.question('b')),
      await asker.ask('c', person.question('c')),
    ];
    assert.deepEqual(await walk(options(), body), ['the only one', '5', '3']);
    assert.deepEqual(person.asked, ['b 1/2', 'c 2/2 back', 'b 1/2 2', 'c 2/2 back']);
  });

  it('goes on behind what needed no question', async () => {
    const { memory } = options();
    const body = (person: Person) => async (asker: Asker) => [
      await asker.ask('a', person.question('a', 'the only one')),
      await asker.ask('b', person.question('b')),
      await asker.ask('c', person.question('c')),
    ];
    await walk({ title: 'Train', steps: 3, memory }, body(new Person(['2', undefined])));
    const second = new Person(['3']);
    assert.deepEqual(await walk({ title: 'Train', steps: 3, memory }, body(second)), ['the only one', '2', '3']);
    assert.deepEqual(second.asked, ['c 2/2 back']);
  });

  it('counts a question that belongs to another with it, also where the other was not asked', async () => {
    const asked = async (only?: string) => {
      const person = new Person(only === undefined ? ['elsewhere', '/scans', '2'] : ['/scans', '2']);
      await walk({ title: 'Evaluate', steps: 2, memory: emptyMemory() }, async (asker) => {
        await asker.ask('a', person.question('a', only));
        await asker.ask('folder', person.question('folder'), 'same');
        await asker.ask('b', person.question('b'));
      });
      return person.asked;
    };
    assert.deepEqual(await asked(), ['a 1/2', 'folder 1/2 back', 'b 2/2 back']);
    assert.deepEqual(await asked('elsewhere'), ['folder 1/2', 'b 2/2 back']);
  });

  it('asks on another way after another answer', async () => {
    const person = new Person(['custom', '30', back, back, '1 hour', '3']);
    const body = async (asker: Asker) => {
      const length = await asker.ask('length', person.question('length'));
      const custom = length === 'custom' ? await asker.ask('custom', person.question('custom'), 'same') : length;
      return [custom, await asker.ask('fold', person.question('fold'))];
    };
    assert.deepEqual(await walk({ title: 'Train', steps: 2, memory: emptyMemory() }, body), ['1 hour', '3']);
    assert.deepEqual(person.asked, [
      'length 1/2',
      'custom 1/2 back',
      'fold 2/2 back',
      'custom 1/2 back 30',
      'length 1/2 custom',
      'fold 2/2 back',
    ]);
  });

  it('does work between questions once, and again after it has failed', async () => {
    const person = new Person(['1', back, '1', '2']);
    let done = 0;
    const body = async (asker: Asker) => {
      const first = await asker.ask('a', person.question('a'));
      const found = await asker.once(`look at ${first}`, () => Promise.resolve(++done));
      await asker.ask('b', person.question('b'));
      return found;
    };
    assert.equal(await walk(options(), body), 1);
    assert.equal(done, 1);
    let tries = 0;
    const failing = async (asker: Asker) => {
      const work = () => (++tries === 1 ? Promise.reject(new Error('no')) : Promise.resolve(tries));
      await assert.rejects(asker.once('work', work), /no/);
      return asker.once('work', work);
    };
    assert.equal(await walk(options(), failing), 2);
  });

  it('lets failures through', async () => {
    await assert.rejects(
      walk(options(), () => Promise.reject(new Error('no plans'))),
      /no plans/,
    );
  });
});
