/** The terminal of a task that is a command of `nnunet`: runs it as a process of its own and shows what it says. */
import { spawn, type ChildProcess } from 'node:child_process';
import * as vscode from 'vscode';
import { paint } from './terminalText';

export interface CommandTerminalOptions {
  /** dist/cli.js */
  script: string;
  words: readonly string[];
  cwd: string;
  environment: Readonly<Record<string, string>>;
}

export class CommandTerminal implements vscode.Pseudoterminal {
  private readonly written = new vscode.EventEmitter<string>();
  private readonly closed = new vscode.EventEmitter<number>();
  readonly onDidWrite = this.written.event;
  readonly onDidClose = this.closed.event;
  private child: ChildProcess | undefined;

  constructor(private readonly options: CommandTerminalOptions) {}

  open(dimensions: vscode.TerminalDimensions | undefined): void {
    const { script, words, cwd, environment } = this.options;
    const shown = words.map((word) => (/\s/.test(word) ? `"${word}"` : word)).join(' ');
    this.written.fire(`${paint(`nnunet ${shown}`, 'dim')}\r\n`);
    this.child = spawn(process.execPath, ['--enable-source-maps', script, ...words], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...environment,
        // Inside VS Code the executable is Electron, which then behaves as Node.
        ELECTRON_RUN_AS_NODE: '1',
        NNUNET_TERMINAL_COLUMNS: String(dimensions?.columns ?? 100),
      },
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.written.fire(text.replace(/\r?\n/g, '\r\n')));
    }
    this.child.on('error', (error) => {
      this.written.fire(`${paint(error.message, 'red')}\r\n`);
      this.closed.fire(1);
    });
    this.child.on('close', (code) => this.closed.fire(code ?? 1));
  }

  handleInput(data: string): void {
    if (data === '\u0003') this.child?.kill('SIGINT');
  }

  /** The command ends between two cases and leaves nothing half-written behind. */
  close(): void {
    this.child?.kill('SIGINT');
  }
}
