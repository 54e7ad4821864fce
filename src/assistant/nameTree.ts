/** Where in a text does a known name stand? Thousands of names at once, whatever the case of their letters, the longest first. */

interface Node {
  next: Map<string, Node>;
  /** What the name that ends here stands for. */
  value?: string;
}

export class NameTree {
  private readonly root: Node = { next: new Map() };

  add(name: string, value: string): void {
    let node = this.root;
    for (const letter of letters(name)) {
      let next = node.next.get(letter);
      if (!next) node.next.set(letter, (next = { next: new Map() }));
      node = next;
    }
    node.value ??= value;
  }

  /** The longest name that begins at `from` and does not end within a word. */
  longestAt(text: string, from: number): { end: number; value: string } | undefined {
    let found: { end: number; value: string } | undefined;
    let node: Node | undefined = this.root;
    for (let at = from; at < text.length; at += 1) {
      node = node.next.get(text[at]!.toLowerCase());
      if (!node) break;
      if (node.value !== undefined && !isWithinWord(text, at + 1)) found = { end: at + 1, value: node.value };
    }
    return found;
  }
}

function letters(name: string): string[] {
  return Array.from({ length: name.length }, (_, at) => name[at]!.toLowerCase());
}

/** Whether letters or digits stand on both sides of this place. "_" and "-" separate words, as they do in names of files. */
export function isWithinWord(text: string, at: number): boolean {
  return isLetter(text[at - 1]) && isLetter(text[at]);
}

function isLetter(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}\p{M}\p{Cs}]/u.test(character);
}
