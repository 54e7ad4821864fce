/** A question whose answer is one of a list, or several of them. */
import * as vscode from 'vscode';
import { plainItem } from '../notify';
import { untilAnswered } from './quickInput';
import type { Answer, Kept, Question } from './walk';

/** Without a value it is a separator. */
export type ListItem<T> = vscode.QuickPickItem & {
  value?: T;
  /** By what it is known again; absent: its label. */
  key?: string;
};

type Items<T> = readonly ListItem<T>[];

interface ListOptions<T> {
  /** What is being chosen, behind the title. */
  placeholder: string;
  /** What is still being found out comes when it is known: the question is there at once. */
  items: () => Items<T> | PromiseLike<Items<T>>;
}

interface OneOptions<T> extends ListOptions<T> {
  /** Where there is but one, it is taken without a question. */
  takesOnly?: boolean;
  /** Says that there is nothing to choose. */
  empty?: () => void;
}

/** So soon a list is there, or its question is shown without it: a question that goes at once only flickers. */
const patienceMilliseconds = 100;

export function oneOf<T>(options: OneOptions<T>): Question<T> {
  return {
    recall: async (kept) => {
      const [item] = chosen(await options.items(), kept);
      return item && answerOf(item);
    },
    show: async (frame) => {
      const items = options.items();
      const soon = await Promise.race([items, options.takesOnly || options.empty ? later() : undefined]);
      const early = soon && settled(soon, options);
      if (early) return early === 'none' ? undefined : early;
      const pick = newPick<T>(options.placeholder);
      return untilAnswered<Answer<T> | undefined>(pick, frame, (answer, fail) => {
        const fill = (known: Items<T>): void => {
          const only = settled(known, options);
          if (only) return answer(only === 'none' ? undefined : only);
          pick.items = known.map(shownItem);
          pick.activeItems = frame.before === undefined ? [] : chosen(pick.items, frame.before);
          pick.busy = false;
        };
        pick.onDidAccept(() => {
          const [item] = pick.selectedItems;
          if (item?.value !== undefined) answer(answerOf(item));
        });
        fillWith(pick, items, fill, fail);
      });
    },
  };
}

export function severalOf<T>(options: ListOptions<T>): Question<T[]> {
  return {
    recall: async (kept) => {
      const items = chosen(await options.items(), kept);
      return items.length === kept.length ? answerOfAll(items) : undefined;
    },
    show: (frame) => {
      const pick = newPick<T>(options.placeholder);
      pick.canSelectMany = true;
      return untilAnswered<Answer<T[]>>(pick, frame, (answer, fail) => {
        const fill = (known: Items<T>): void => {
          pick.items = known.map(shownItem);
          pick.selectedItems =
            frame.before === undefined ? pick.items.filter(({ picked }) => picked) : chosen(pick.items, frame.before);
          pick.busy = false;
          pick.onDidChangeSelection((items) => frame.draft(items.map(keyOf)));
        };
        pick.onDidAccept(() => {
          if (!pick.busy) answer(answerOfAll(pick.selectedItems));
        });
        fillWith(pick, options.items(), fill, fail);
      });
    },
  };
}

function newPick<T>(placeholder: string): vscode.QuickPick<ListItem<T>> {
  const pick = vscode.window.createQuickPick<ListItem<T>>();
  pick.placeholder = placeholder;
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  return pick;
}

function fillWith<T>(
  pick: vscode.QuickPick<ListItem<T>>,
  items: Items<T> | PromiseLike<Items<T>>,
  fill: (items: Items<T>) => void,
  fail: (error: unknown) => void,
): void {
  if ('then' in items) {
    pick.busy = true;
    items.then(fill, fail);
  } else fill(items);
}

/** What needs no question. */
function settled<T>(items: Items<T>, { takesOnly, empty }: OneOptions<T>): Answer<T> | 'none' | undefined {
  if (items.length === 0 && empty) {
    empty();
    return 'none';
  }
  const [first] = items;
  return takesOnly && items.length === 1 && first ? { ...answerOf(first), isOnly: true } : undefined;
}

const later = (): Promise<undefined> =>
  new Promise((resolve) => setTimeout(() => resolve(undefined), patienceMilliseconds));

/** Its words are shown as they are; it is known by those it was given. */
const shownItem = <T>(item: ListItem<T>): ListItem<T> => ({ ...plainItem(item), key: keyOf(item) });

const keyOf = ({ key, label }: ListItem<unknown>): string => key ?? label;

function chosen<I extends ListItem<unknown>>(items: readonly I[], kept: Kept): I[] {
  return items.filter((item) => item.value !== undefined && kept.includes(keyOf(item)));
}

function answerOf<T>(item: ListItem<T>): Answer<T> {
  return { value: item.value!, kept: [keyOf(item)] };
}

function answerOfAll<T>(items: readonly ListItem<T>[]): Answer<T[]> {
  return { value: items.map(({ value }) => value!), kept: items.map(keyOf) };
}
