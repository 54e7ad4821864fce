/** Reads JSON the way Python does: NaN and Infinity are numbers, and a mistake is named with its line and column. */
import { NnunetError, type ErrorDetails } from './errors';
import { rememberWrittenForm, writtenForm } from './jsonWrittenForm';

/** A text that is not JSON; `where` is "file:line:column", both counted from 1. */
export class JsonError extends NnunetError {
  constructor(
    code: string,
    message: string,
    readonly line: number,
    readonly column: number,
    details: ErrorDetails,
  ) {
    super(code, message, details);
  }
}

/**
 * Parses a JSON text.
 *
 * As in Python, `NaN`, `Infinity` and `-Infinity` are numbers, and comments, trailing commas and single quotes are
 * mistakes. Unlike in Python, so is a key that stands twice: one of its values would be lost without a word. Objects and arrays are plain; the reader remembers beside them
 * which whole numbers were written as floats ("1.0") and in which order the keys stood, for `stringifyJson`.
 * @param file named in errors only
 * @throws JsonError json-empty, json-encoding, json-comment, json-comma, json-trailing-comma, json-repeated-key, json-invalid
 */
export function parseJson(text: string, file = 'JSON text'): unknown {
  return new Parser(text, file).parse();
}

/**
 * Keys in the order in which the file has them. JavaScript moves keys that look like numbers to the front
 * ("1" before "background"), but nnU-Net's region and channel order is the file's.
 */
export function keysInFileOrder(object: object): string[] {
  const keys = Object.keys(object);
  const remembered = writtenForm(object)?.keys;
  if (!remembered) return keys;
  const present = new Set(keys);
  const known = new Set(remembered);
  return [...remembered.filter((key) => present.has(key)), ...keys.filter((key) => !known.has(key))];
}

const numberPattern = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/y;
const constants: Record<string, unknown> = {
  true: true,
  false: false,
  null: null,
  NaN: NaN,
  Infinity: Infinity,
  '-Infinity': -Infinity,
};
const pythonWords: Record<string, string> = { True: 'true', False: 'false', None: 'null', nan: 'NaN', inf: 'Infinity' };
const escapes: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
const looksLikeIndex = /^(?:0|[1-9]\d*)$/;
const maximumDepth = 500;

class Parser {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly file: string,
  ) {}

  parse(): unknown {
    this.requireUtf8();
    this.skipBlanks();
    if (this.at >= this.text.length) {
      this.fail(
        'json-empty',
        'The file is empty',
        'Restore it from a copy; what this program has made may also be deleted: it is made anew.',
      );
    }
    const value = this.value(0);
    this.skipBlanks();
    if (this.at < this.text.length) this.fail('json-invalid', 'There is more text after the end of the JSON value');
    return value;
  }

  private value(depth: number): unknown {
    if (depth > maximumDepth) this.fail('json-invalid', `Objects and lists are nested more than ${maximumDepth} deep`);
    const character = this.text[this.at];
    if (character === '{') return this.object(depth);
    if (character === '[') return this.array(depth);
    if (character === '"') return this.string();
    const constant = this.constant();
    if (constant !== undefined) return constants[constant];
    const lexeme = this.number();
    if (lexeme !== undefined) return lexeme === '-0' ? 0 : Number(lexeme);
    return this.failUnexpected('a value');
  }

  private object(depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    const keys = new Map<string, number>();
    const floats = new Set<string>();
    this.at++;
    this.skipBlanks();
    if (this.take('}')) return object;
    for (;;) {
      if (this.text[this.at] !== '"') this.failUnexpected('a key in double quotes');
      const keyAt = this.at;
      const key = this.string();
      const earlier = keys.get(key);
      if (earlier !== undefined) this.failRepeated(key, earlier, keyAt);
      this.skipBlanks();
      if (!this.take(':')) this.failUnexpected('":" after the key');
      this.skipBlanks();
      const start = this.at;
      const value = this.value(depth + 1);
      // defineProperty, so that a key named __proto__ is a key like any other
      Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
      keys.set(key, keyAt);
      if (this.isWholeFloat(value, start)) floats.add(key);
      const end = this.at;
      this.skipBlanks();
      if (this.take('}')) break;
      this.comma('}', end);
    }
    const names = [...keys.keys()];
    const order = names.some((key) => looksLikeIndex.test(key)) ? names : undefined;
    rememberWrittenForm(object, order, floats);
    return object;
  }

  private array(depth: number): unknown[] {
    const array: unknown[] = [];
    const floats = new Set<string>();
    this.at++;
    this.skipBlanks();
    if (this.take(']')) return array;
    for (;;) {
      const start = this.at;
      const value = this.value(depth + 1);
      if (this.isWholeFloat(value, start)) floats.add(String(array.length));
      array.push(value);
      const end = this.at;
      this.skipBlanks();
      if (this.take(']')) break;
      this.comma(']', end);
    }
    rememberWrittenForm(array, undefined, floats);
    return array;
  }

  /** Consumes the comma between two members, and refuses one that nothing follows. */
  private comma(closing: string, end: number): void {
    const comma = this.at;
    if (!this.take(',')) {
      if (/["{[\d-]/.test(this.text[comma] ?? '')) this.failMissingComma(end);
      this.failUnexpected(`"," or "${closing}"`);
    }
    this.skipBlanks();
    if (this.text[this.at] !== closing) return;
    this.at = comma;
    this.fail('json-trailing-comma', `There is a comma before "${closing}" with nothing after it`, 'Remove the comma.');
  }

  private string(): string {
    const opening = this.at++;
    let result = '';
    for (;;) {
      const character = this.text[this.at];
      if (character === undefined) {
        this.at = opening;
        this.fail('json-invalid', 'A string is not closed', 'Add the missing double quote.');
      }
      if (character < ' ')
        this.fail('json-invalid', 'A string holds a line break or control character', 'Write it as \\n.');
      this.at++;
      if (character === '"') return result;
      result += character === '\\' ? this.escape() : character;
    }
  }

  private escape(): string {
    const letter = this.text[this.at] ?? '';
    const hex = this.text.slice(this.at + 1, this.at + 5);
    if (letter === 'u' && /^[0-9a-fA-F]{4}$/.test(hex)) {
      this.at += 5;
      return String.fromCharCode(parseInt(hex, 16));
    }
    const meaning = escapes[letter];
    if (meaning === undefined) {
      this.at--;
      this.fail(
        'json-invalid',
        `"\\${letter}" means nothing in a string`,
        'Write a backslash as "\\\\", or use "/" in paths.',
      );
    }
    this.at++;
    return meaning;
  }

  private constant(): string | undefined {
    const word = /[-A-Za-z]+/y;
    word.lastIndex = this.at;
    const found = word.exec(this.text)?.[0];
    if (found === undefined || !Object.hasOwn(constants, found)) return undefined;
    this.at += found.length;
    return found;
  }

  private number(): string | undefined {
    numberPattern.lastIndex = this.at;
    const lexeme = numberPattern.exec(this.text)?.[0];
    if (lexeme !== undefined) this.at += lexeme.length;
    return lexeme;
  }

  /** Whether the value just read is a number like 1.0 or 1e3: a float in Python, though JavaScript sees an integer. */
  private isWholeFloat(value: unknown, start: number): boolean {
    return Number.isInteger(value) && /[.eE]/.test(this.text.slice(start, this.at));
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private skipBlanks(): void {
    while (this.at < this.text.length && ' \t\n\r'.includes(this.text[this.at]!)) this.at++;
  }

  /** Bytes of other encodings arrive as U+FFFD and zeros where they were read as UTF-8. */
  private requireUtf8(): void {
    const hint = 'Save it as UTF-8 without BOM; in VS Code: "Change File Encoding", "Save with Encoding".';
    if (this.text.charCodeAt(0) === 0xfeff) this.fail('json-encoding', 'The file starts with a byte order mark', hint);
    if (!/^\ufffd\ufffd|^\0|^[^\0]\0/.test(this.text)) return;
    this.fail('json-encoding', 'The file is stored as UTF-16, as some Windows programs do, not as UTF-8', hint);
  }

  private failRepeated(key: string, earlier: number, again: number): never {
    const [first, second] = [this.lineOf(earlier), this.lineOf(again)];
    this.at = again;
    const lines = first === second ? `twice in line ${first}` : `in line ${first} and again in line ${second}`;
    return this.fail(
      'json-repeated-key',
      `The key "${key}" stands ${lines}`,
      'Keep one of them, or give the other another name: nnU-Net would take the last and lose the first.',
    );
  }

  private failMissingComma(end: number): never {
    const breaks = this.lineOf(end) !== this.lineOf(this.at);
    const place = breaks ? `after line ${this.lineOf(end)}` : `before ${this.text[this.at]}`;
    this.at = end;
    return this.fail('json-comma', `Comma missing ${place}`, 'Add it.');
  }

  private lineOf(at: number): number {
    return this.text.slice(0, at).split('\n').length;
  }

  private failUnexpected(expected: string): never {
    const rest = this.text.slice(this.at, this.at + 40);
    if (/^(\/\/|\/\*|#)/.test(rest)) this.fail('json-comment', 'JSON has no comments', 'Remove the comment.');
    if (rest === '') this.fail('json-invalid', `The file ends where ${expected} should be`, 'It may be cut off.');
    const word = /^[A-Za-z]+/.exec(rest)?.[0] ?? '';
    const json = Object.hasOwn(pythonWords, word) ? pythonWords[word] : undefined;
    if (json) this.fail('json-invalid', `"${word}" is not a JSON value`, `Write ${json}.`);
    if (rest.startsWith("'")) this.fail('json-invalid', 'Strings need double quotes', 'Replace \' by ".');
    return this.fail('json-invalid', `Expected ${expected}, but found "${word || rest[0]}"`);
  }

  private fail(code: string, message: string, hint = ''): never {
    const before = this.text.slice(0, this.at);
    const line = this.lineOf(this.at);
    const column = this.at - before.lastIndexOf('\n');
    throw new JsonError(code, message, line, column, { where: `${this.file}:${line}:${column}`, hint });
  }
}
