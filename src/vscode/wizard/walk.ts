/** In which order are a command's questions asked, and what becomes of the answers when the person goes back or leaves? */

/** What a question remembers of an answer, so that it can be shown again: a text, or what the chosen items are called. */
export type Kept = string | readonly string[];

export interface Answer<T> {
  value: T;
  kept: Kept;
  /** There was nothing to choose, so nothing was asked. */
  isOnly?: boolean;
}

export const back = Symbol('back');

/** What a question is shown with. */
export interface Frame {
  title: string;
  step: number;
  /** 0: not told. */
  steps: number;
  canGoBack: boolean;
  /** What was answered or typed here before. */
  before: Kept | undefined;
  /** Keeps what is typed before it is an answer. */
  draft(kept: Kept): void;
}

export interface Question<T> {
  /** @returns undefined where the person left */
  show(frame: Frame): Promise<Answer<T> | typeof back | undefined>;
  /** The answer of before without a question. @returns undefined where it fits no more: then it is asked */
  recall(kept: Kept): Promise<Answer<T> | undefined>;
}

/** What asks: it is handed to all that has to know something. */
export interface Asker {
  /**
   * @param name  of the question within the command
   * @param place "same": it belongs to the question before it, and counts with it
   */
  ask<T>(name: string, question: Question<T>, place?: 'same'): Promise<T>;
  /** Work between questions, done once however often the person goes back over it. @param key what it hangs on, too */
  once<T>(key: string, work: () => Promise<T>): Promise<T>;
}

/** Answers and what was typed, of one command: lives longer than the command. */
export interface Memory {
  kept: Map<string, Kept>;
  /** The questions that were answered, in order. */
  answered: string[];
}

export function emptyMemory(): Memory {
  return { kept: new Map(), answered: [] };
}

/** Thrown through the questions: the person went back, or left. */
class Turn extends Error {
  constructor(readonly to: 'back' | 'away') {
    super(to);
  }
}

/**
 * Asks what `body` asks, one question after the other. Going back runs `body` again with the answers that stay: so questions may
 * hang on answers in whatever way.
 * @param steps  how many questions there are at most
 * @returns undefined where the person left; the answers are in `memory` then
 */
export async function walk<T>(
  { title, steps, memory }: { title: string; steps: number; memory: Memory },
  body: (asker: Asker) => Promise<T>,
): Promise<T | undefined> {
  const way = new Way(title, steps, memory);
  for (;;) {
    try {
      return await body(way.fromTheStart());
    } catch (error) {
      if (!(error instanceof Turn)) throw error;
      if (error.to === 'away') return undefined;
    }
  }
}

class Way {
  private readonly answers = new Map<string, Answer<unknown>>();
  private readonly done = new Map<string, Promise<unknown>>();
  /** Answers of an earlier time that are taken as they are, as long as they fit. */
  private readonly recalled: Set<string>;
  private step = 0;
  /** Questions whose answer was clear, and whether the last one was such. */
  private unasked = 0;
  private isUnasked = false;

  constructor(
    private readonly title: string,
    private readonly steps: number,
    private readonly memory: Memory,
  ) {
    this.recalled = new Set(memory.answered);
    memory.answered = [];
  }

  fromTheStart(): Asker {
    this.step = 0;
    this.unasked = 0;
    this.isUnasked = false;
    return {
      ask: (name, question, place) => this.ask(name, question, place),
      once: (key, work) => this.once(key, work),
    };
  }

  private async ask<T>(name: string, question: Question<T>, place?: 'same'): Promise<T> {
    // What belongs to a question that was not asked stands in its place.
    if (place === 'same' && this.isUnasked) this.unasked -= 1;
    if (place === undefined || this.isUnasked) this.step += 1;
    this.isUnasked = false;
    const answer = (this.answers.get(name) as Answer<T> | undefined) ?? (await this.find(name, question));
    this.isUnasked = answer.isOnly === true && place === undefined;
    if (this.isUnasked) {
      this.step -= 1;
      this.unasked += 1;
    }
    return answer.value;
  }

  private async find<T>(name: string, question: Question<T>): Promise<Answer<T>> {
    const recalled = await this.recall(name, question);
    const answer = recalled ?? (await question.show(this.frame(name)));
    const isAsked = recalled === undefined && (answer === undefined || answer === back || !answer.isOnly);
    // From the first that is asked anew, all are.
    if (isAsked) this.recalled.clear();
    if (answer === undefined) throw new Turn('away');
    if (answer === back) {
      this.forgetLast();
      throw new Turn('back');
    }
    this.answers.set(name, answer);
    if (!answer.isOnly) {
      this.memory.kept.set(name, answer.kept);
      this.memory.answered = this.asked();
    }
    return answer;
  }

  private async recall<T>(name: string, question: Question<T>): Promise<Answer<T> | undefined> {
    const kept = this.memory.kept.get(name);
    return kept !== undefined && this.recalled.has(name) ? question.recall(kept) : undefined;
  }

  private frame(name: string): Frame {
    return {
      title: this.title,
      step: this.step,
      steps: this.steps === 0 ? 0 : Math.max(this.step, this.steps - this.unasked),
      canGoBack: this.asked().length > 0,
      before: this.memory.kept.get(name),
      draft: (kept) => this.memory.kept.set(name, kept),
    };
  }

  /** Where nothing was to choose there is nothing to go back to. */
  private asked(): string[] {
    return [...this.answers].filter(([, { isOnly }]) => !isOnly).map(([name]) => name);
  }

  private forgetLast(): void {
    const last = this.asked().at(-1);
    const names = [...this.answers.keys()];
    for (const name of names.slice(last === undefined ? 0 : names.indexOf(last))) this.answers.delete(name);
    this.memory.answered = this.asked();
  }

  private once<T>(key: string, work: () => Promise<T>): Promise<T> {
    const begun = this.done.get(key) as Promise<T> | undefined;
    if (begun) return begun;
    const result = work();
    this.done.set(key, result);
    // What failed is tried again.
    result.catch(() => this.done.delete(key));
    return result;
  }
}
