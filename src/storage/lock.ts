/** Which one of several processes, here or on other machines that share the disk, may work in a place? The one whose lock lies there. */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sweepOnce } from './temporaryFiles';
import { createExclusively, readIfThere, removeExactly, type Marker } from './exclusiveFile';
import { Heartbeats, type Life } from './heartbeats';
import { isAlive, isOnThisHost, ownIdentity, type ProcessIdentity } from './processes';

const beatSeconds = 15;
/** A lock that can't be read is being made where there are no hard links, or was torn by a crash. */
const tornPatienceMilliseconds = 500;

export interface LockContent extends ProcessIdentity {
  /** Tells one holding from every other, of the same process too. Earlier versions wrote none. */
  token?: string;
  /** Counts up while the holder lives. */
  beat?: number;
}

/** What this process has seen of locks of other machines. */
const ownWatch = new Heartbeats();

interface LockOptions<Content> {
  /** Called once when the lock turns out to be another's: this process was thought dead, and must write nothing more there. */
  onLost?: (last: Content) => void;
  watch?: Heartbeats;
}

export class FileLock<Content extends LockContent = LockContent> {
  private readonly timer: NodeJS.Timeout;
  private isHeld = true;

  private constructor(
    private readonly file: string,
    private content: Content,
    private descriptor: number,
    /** What a holder that died without unlocking left behind. */
    readonly previous: Content | undefined,
    private readonly onLost: (last: Content) => void,
  ) {
    this.timer = setInterval(() => this.beat(), beatSeconds * 1000);
    this.timer.unref();
  }

  /** @returns the lock, or whose it is */
  static async acquire<Content extends LockContent = LockContent>(
    file: string,
    { onLost = () => undefined, watch = ownWatch }: LockOptions<Content> = {},
  ): Promise<FileLock<Content> | { holder: LockContent }> {
    sweepOnce(dirname(file));
    const content = { ...ownIdentity(), token: newToken(), beat: 0 } as Content & LockContent;
    let previous: Content | undefined;
    let torn: string | undefined;
    for (;;) {
      // After a power loss nobody holds anything: an empty one is a torn one. Many may try at once, and to sync costs the most.
      const descriptor = createExclusively(file, textOf(content), false);
      if (descriptor !== undefined) return new FileLock<Content>(file, content, descriptor, previous, onLost);
      const text = readIfThere(file);
      if (text === undefined) continue; // Released meanwhile.
      const holder = parse(text);
      if (holder === undefined && text !== torn) {
        torn = text;
        await sleep(tornPatienceMilliseconds);
        continue;
      }
      if (holder && lifeOf(file, holder, watch) !== 'dead') return { holder };
      if (removeJudged(file, text, watch)) previous = (holder as Content | undefined) ?? previous;
      // Another one is taking it over.
      else await sleep(5);
    }
  }

  /** Adds what others shall know. */
  note(more: Partial<Content>): void {
    this.content = { ...this.content, ...more };
    this.beat();
  }

  release(): void {
    if (!this.isHeld) return;
    this.letGo();
    // Whoever removed the folder removed the lock with it.
    if (!fs.existsSync(dirname(this.file))) return;
    const { token } = this.content;
    removeExactly(this.file, token!, (text) => parse(text)?.token === token, markerOf(ownWatch));
  }

  /** Shows that this process lives; looks whether the lock is still its own. */
  beat(): void {
    if (!this.isHeld) return;
    try {
      if (!this.isOwn()) {
        this.letGo();
        this.onLost(this.content);
        return;
      }
      this.content = { ...this.content, beat: (this.content.beat ?? 0) + 1 };
      // Into the very file that was made: should it have been taken away since, another's lock stays as it is.
      fs.writeSync(this.descriptor, textOf(this.content), 0);
      fs.fsyncSync(this.descriptor);
    } catch {
      // A full or absent disk: the work itself will meet it and say so; a missed beat does no harm.
    }
  }

  private isOwn(): boolean {
    const text = fs.existsSync(this.file) ? fs.readFileSync(this.file, 'utf8') : undefined;
    if (text !== undefined) return parse(text)?.token === this.content.token;
    // Somebody removed it, and nobody has taken the place since.
    const descriptor = createExclusively(this.file, textOf(this.content), false);
    if (descriptor === undefined) return false;
    fs.closeSync(this.descriptor);
    this.descriptor = descriptor;
    return true;
  }

  private letGo(): void {
    this.isHeld = false;
    clearInterval(this.timer);
    fs.closeSync(this.descriptor);
  }
}

/** Who holds the lock, or undefined. One on another machine holds it until it was seen to be silent for long. */
export function liveHolder<Content extends LockContent = LockContent>(
  file: string,
  watch = ownWatch,
): Content | undefined {
  const text = readIfThere(file);
  if (text === undefined) return undefined;
  // The holder may have been writing its beat.
  const holder = parse(text) ?? parse(readIfThere(file) ?? '');
  return holder && lifeOf(file, holder, watch) !== 'dead' ? (holder as Content) : undefined;
}

/**
 * The same for who has to know: waits until one on another machine has given a sign of life, or none for long; then the lock that it
 * left is removed.
 * @param onWait  called once when that takes time
 */
export async function settledHolder(
  file: string,
  { onWait, watch = ownWatch }: { onWait?: (holder: LockContent) => void; watch?: Heartbeats } = {},
): Promise<LockContent | undefined> {
  for (let hasTold = false; ; hasTold = true) {
    const text = readIfThere(file);
    const holder = text === undefined ? undefined : parse(text);
    if (text === undefined || !holder) return undefined;
    const life = lifeOf(file, holder, watch);
    if (life === 'alive') return holder;
    if (life === 'dead') {
      // What it tells of processes on this machine is for whoever takes it over.
      if (!isOnThisHost(holder)) removeJudged(file, text, watch);
      return undefined;
    }
    if (!hasTold) onWait?.(holder);
    await sleep(1000);
  }
}

function lifeOf(file: string, holder: LockContent, watch: Heartbeats): Life {
  if (isOnThisHost(holder)) return isAlive(holder) ? 'alive' : 'dead';
  return watch.look(file, beatOf(file, holder));
}

/** Earlier versions wrote the file anew instead of counting. */
function beatOf(file: string, { token, beat, pid, host }: LockContent): string {
  const sign = beat ?? fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return [host, pid, token, sign].join(' ');
}

function removeJudged(file: string, judged: string, watch: Heartbeats): boolean {
  return removeExactly(file, parse(judged)?.token ?? judged, (text) => text === judged, markerOf(watch));
}

function markerOf(watch: Heartbeats): Marker {
  return {
    own: textOf({ ...ownIdentity(), token: newToken() }),
    isLeft: (text) => {
      const holder = parse(text);
      if (!holder) return false;
      return isOnThisHost(holder) ? !isAlive(holder) : watch.look(text, text) === 'dead';
    },
  };
}

function newToken(): string {
  return randomBytes(8).toString('hex');
}

/** Always as long: written over in place, nothing of an earlier one is left. */
function textOf(content: LockContent): string {
  return `${JSON.stringify(content).padEnd(1023)}\n`;
}

function parse(text: string): LockContent | undefined {
  try {
    const value = JSON.parse(text) as LockContent;
    return typeof value.pid === 'number' && typeof value.host === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
