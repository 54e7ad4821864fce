/** What a person gave to a command: its arguments, and its options by name. */
export type OptionValue = boolean | string | number | string[];

export class ParsedArguments {
  constructor(
    readonly positionals: readonly string[],
    private readonly values: ReadonlyMap<string, OptionValue>,
  ) {}

  flag(name: string): boolean {
    return this.values.get(name) === true;
  }

  text(name: string): string | undefined {
    return this.values.get(name) as string | undefined;
  }

  number(name: string): number | undefined {
    return this.values.get(name) as number | undefined;
  }

  list(name: string): string[] | undefined {
    return this.values.get(name) as string[] | undefined;
  }

  /** For options that the command declares as required. */
  requiredText(name: string): string {
    return this.values.get(name) as string;
  }

  has(name: string): boolean {
    return this.values.has(name);
  }
}
