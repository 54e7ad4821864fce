/** What a person gave to a command: its arguments, and its options by the names that the command declares. */
import type { Command as Commander } from 'commander';

export class ParsedArguments {
  constructor(
    readonly positionals: readonly string[],
    private readonly reader: Commander,
  ) {}

  flag(name: string): boolean {
    return this.has(name);
  }

  text(name: string): string | undefined {
    return this.value(name) as string | undefined;
  }

  number(name: string): number | undefined {
    return this.value(name) as number | undefined;
  }

  list(name: string): string[] | undefined {
    return this.value(name) as string[] | undefined;
  }

  /** For options that the command declares as required. */
  requiredText(name: string): string {
    return this.value(name) as string;
  }

  has(name: string): boolean {
    const attribute = this.attribute(name);
    return attribute !== undefined && this.reader.getOptionValueSource(attribute) === 'cli';
  }

  private value(name: string): unknown {
    return this.has(name) ? this.reader.getOptionValue(this.attribute(name)!) : undefined;
  }

  /** Commander keeps --learning-rate as learningRate, and --no-mirroring as mirroring. */
  private attribute(name: string): string | undefined {
    return this.reader.options.find(({ long }) => long === `--${name}`)?.attributeName();
  }
}
