/** Asks a command's questions and does what was asked for. What was answered or typed is kept in this window until it is done. */
import * as vscode from 'vscode';
import { oneOf } from './list';
import { emptyMemory, walk, type Asker, type Memory } from './walk';

interface Questions {
  /** The command, and what it was told from outside: begun again with the same, it goes on. */
  id: string;
  title: string;
  /** How many questions there are at most. */
  steps?: number;
}

/** Of commands that were left, or whose work failed. */
const left = new Map<string, Memory>();

/**
 * @param ask  asks; undefined where there is nothing to do
 * @param act  does it; until it has succeeded, nothing of the answers is forgotten
 * @returns undefined where the person left
 */
export async function askThen<A, R>(
  { id, title, steps = 0 }: Questions,
  ask: (asker: Asker) => Promise<A | undefined>,
  act: (answers: A) => Promise<R>,
): Promise<R | undefined> {
  const memory = await whereToBegin(title, left.get(id));
  if (!memory) return undefined;
  left.set(id, memory);
  const answers = await walk({ title, steps, memory }, ask);
  if (answers === undefined) return undefined;
  if (left.get(id) === memory) left.delete(id);
  try {
    return await act(answers);
  } catch (error) {
    // The last question is there again, for another answer.
    memory.answered.pop();
    if (!left.has(id)) left.set(id, memory);
    throw error;
  }
}

/** A question alone. */
export function askOnly<A>(
  questions: Questions,
  ask: (asker: Asker) => Promise<A | undefined>,
): Promise<A | undefined> {
  return askThen(questions, ask, (answer) => Promise.resolve(answer));
}

/** @returns undefined where the person left */
async function whereToBegin(title: string, memory: Memory | undefined): Promise<Memory | undefined> {
  if (!memory) return emptyMemory();
  // What was typed into the first question stands there again by itself.
  if (memory.answered.length === 0) return memory;
  const answers = memory.answered.flatMap((name) => memory.kept.get(name) ?? []).filter(Boolean);
  const items = [
    { label: vscode.l10n.t('Go On'), detail: answers.join(' · '), value: memory },
    { label: vscode.l10n.t('Begin Anew'), value: emptyMemory() },
  ];
  const question = oneOf({
    placeholder: vscode.l10n.t('You were here before: go on where you left?'),
    items: () => items,
  });
  return walk({ title, steps: 0, memory: emptyMemory() }, (asker) => asker.ask('begin', question));
}
