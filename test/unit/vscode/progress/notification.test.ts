import assert from 'node:assert/strict';
import { before, beforeEach, describe, it } from 'node:test';
import type * as Notification from '../../../../src/vscode/progress/notification';
import type { Services, StartedRuns } from '../../../../src/vscode/services';
import type { KnownTraining } from '../../../../src/jobs/knownJob';
import { stubVscode } from '../vscodeStub';

class Emitter<T> {
  private listeners: ((value: T) => void)[] = [];
  readonly event = (listener: (value: T) => void) => {
    this.listeners.push(listener);
    return { dispose: () => void (this.listeners = this.listeners.filter((one) => one !== listener)) };
  };
  fire(value: T): void {
    for (const listener of [...this.listeners]) listener(value);
  }
  dispose(): void {
    this.listeners = [];
  }
}

interface Toast {
  options: { title: string; cancellable: unknown };
  messages: (string | undefined)[];
  press(): void;
  gone: Promise<unknown>;
}

const notificationLocation = 15;
const folder = '/results/Dataset001_A/nnUNetTrainer__nnUNetPlans__2d/fold_0';
const commands = new Map<string, (...args: never[]) => unknown>();
const toasts: Toast[] = [];
const appeared = new Emitter<Toast>();
/** What a dialog is answered with, and what it asked. */
let answer: string | undefined;
let asked: unknown[] = [];

const nextToast = (): Promise<Toast> =>
  new Promise((resolve) => {
    const subscription = appeared.event((toast) => {
      subscription.dispose();
      resolve(toast);
    });
  });

describe('the notification of a training', () => {
  let notification: typeof Notification;
  let stops: unknown[];
  let started: Emitter<StartedRuns>;
  let changed: Emitter<void>;
  let run: KnownTraining;

  before(async () => {
    stubVscode({
      l10n: { t: (text: string) => text },
      EventEmitter: Emitter,
      Disposable: { from: () => ({ dispose: () => undefined }) },
      ProgressLocation: { Notification: notificationLocation, Window: 10 },
      CancellationError: class extends Error {},
      commands: { registerCommand: (id: string, action: (...args: never[]) => unknown) => commands.set(id, action) },
      window: {
        showInformationMessage: async (question: string, _options: unknown, ...items: { title: string }[]) => {
          asked = [question, ...items.map(({ title }) => title)];
          return items.find(({ title }) => title === answer);
        },
        withProgress: (
          options: Toast['options'] & { location: unknown },
          work: (progress: unknown, token: unknown) => Promise<unknown>,
        ) => {
          const cancelled = new Emitter<void>();
          const messages: Toast['messages'] = [];
          const gone = work(
            { report: ({ message }: { message?: string }) => messages.push(message) },
            { onCancellationRequested: cancelled.event },
          );
          if (options.location !== notificationLocation) return gone;
          const toast = { options, messages, press: () => cancelled.fire(), gone };
          toasts.push(toast);
          appeared.fire(toast);
          return gone;
        },
      },
    });
    notification = await import('../../../../src/vscode/progress/notification');
  });

  beforeEach(() => {
    stops = [];
    asked = [];
    toasts.length = 0;
    started = new Emitter();
    changed = new Emitter();
    run = {
      ...{ id: 'a', kind: 'train', title: '', folder },
      training: {
        ...{ dataset: 'Dataset001_A', trainer: 't', plans: 'p', configuration: '2d', fold: '0' },
        ...{ diceCurve: [], seconds: 0 },
      },
      status: { state: 'running', stage: 'preprocess', done: 3, total: 16 },
    };
    const nothing = new Emitter<never>().event;
    const known = (one: string) => (one === folder ? run : undefined);
    const runs = {
      ...{ queue: [], onDidStart: started.event, onDidChange: changed.event, onDidEnd: nothing, onDidBegin: nothing },
      get: known,
      job: known,
      look: known,
      refresh: async () => undefined,
      stop: (...args: unknown[]) => stops.push(args),
    };
    const context = { workspaceState: { get: () => undefined, update: async () => undefined } };
    const output = { error() {}, info() {}, warn() {} };
    notification.registerNotifications({ runs, context, output } as unknown as Services);
  });

  it('says what the training does at once, and its button asks before it ends anything', async () => {
    started.fire({ started: [folder], queued: [] });
    const [toast] = toasts;
    assert.deepEqual(toast!.messages, ['Preprocessing 3 of 16']);
    assert.equal(toast!.options.cancellable, 'Stop Training…');
    answer = 'Keep Training';
    const again = nextToast();
    toast!.press();
    assert.deepEqual((await again).messages, ['Preprocessing 3 of 16'], 'it is shown again');
    assert.deepEqual(asked, ['Stop this training?', 'Stop Training', 'Keep Training']);
    assert.deepEqual(stops, []);
  });

  it('follows the training to its end, stopping included', async () => {
    started.fire({ started: [folder], queued: [] });
    run.status = { ...run.status, isStopping: true };
    changed.fire();
    assert.equal(toasts[0]!.messages.at(-1), 'Stopping… (Preprocessing 3 of 16)');
    run.status = { state: 'stopped' };
    changed.fire();
    assert.equal(await toasts[0]!.gone, 'ended');
  });

  it('is hidden without an effect on the training', async () => {
    started.fire({ started: [folder], queued: [] });
    commands.get('nnunet.hideProgress')!(folder as never);
    assert.equal(await toasts[0]!.gone, 'hidden');
    assert.deepEqual([stops, asked, toasts.length], [[], [], 1]);
  });
});
