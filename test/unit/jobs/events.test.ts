import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { EventReader, EventWriter, eventsFile } from '../../../src/jobs/events';
import { readEvents } from './readEvents';

let folder: string;
beforeEach(() => (folder = fs.mkdtempSync(join(tmpdir(), 'nnunet-events-'))));
afterEach(() => fs.rmSync(folder, { recursive: true }));

const codes = (events: { code?: string }[]) => events.map(({ code }) => code);
const warning = (code: string) => ({ type: 'warning', code, message: 'ü' }) as const;

describe('the event log', () => {
  it('keeps every event, with its type and time first', () => {
    const writer = new EventWriter(folder);
    writer.write(warning('a'));
    writer.close();
    const line = fs.readFileSync(eventsFile(folder), 'utf8');
    assert.match(line, /^\{"type":"warning","time":"\d{4}-\d\d-\d\dT[^"]+Z","code":"a","message":"ü"\}\n$/);
  });

  it('is read bit by bit, each event once, also when a line arrives in parts', () => {
    const reader = new EventReader(eventsFile(folder));
    assert.deepEqual(reader.read(), []);
    const line = `${JSON.stringify({ ...warning('b'), time: 't' })}\n`;
    const bytes = Buffer.from(line);
    const cut = bytes.indexOf(0xc3) + 1; // within the two bytes of "ü"
    fs.writeFileSync(eventsFile(folder), bytes.subarray(0, cut));
    assert.deepEqual(reader.read(), []);
    fs.appendFileSync(eventsFile(folder), bytes.subarray(cut));
    const events = reader.read();
    assert.deepEqual(codes(events as never), ['b']);
    assert.equal((events[0] as { message: string }).message, 'ü');
    assert.equal(reader.position, bytes.length);
    assert.deepEqual(reader.read(), []);
  });

  it('survives a torn last line: the next writer starts a new one', () => {
    const first = new EventWriter(folder);
    first.write(warning('a'));
    first.close();
    fs.appendFileSync(eventsFile(folder), '{"type":"epoch","ti');
    const second = new EventWriter(folder);
    second.write(warning('b'));
    second.close();
    const reader = new EventReader(eventsFile(folder));
    assert.deepEqual(codes(reader.read() as never), ['a', 'b']);
    assert.equal(reader.skippedLines, 1);
  });

  it('passes over lines that are no events', () => {
    fs.writeFileSync(eventsFile(folder), 'nonsense\n[1]\n{"no":"type"}\n\n{"type":"warning","code":"x"}\n');
    assert.deepEqual(codes(readEvents(folder) as never), ['x']);
  });

  it('is read from its beginning again when a new run has replaced it by a shorter one', () => {
    const reader = new EventReader(eventsFile(folder));
    fs.writeFileSync(eventsFile(folder), '{"type":"warning","code":"a"}\n{"type":"warning","code":"b"}\n');
    reader.read();
    fs.writeFileSync(eventsFile(folder), '{"type":"warning","code":"c"}\n');
    assert.deepEqual(codes(reader.read() as never), ['c']);
  });
});
