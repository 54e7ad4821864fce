/** Asks the cluster's own commands, on this machine or through ssh on a login node. Never waits for a password, and never for ever. */
import { spawn } from 'node:child_process';
import { pipeline, type Readable } from 'node:stream';
import { RunError } from '../../method/errors';
import { shellWord } from '../../method/shellWord';

interface Asked {
  /** 0: it went well. */
  code: number;
  printed: string;
  /** On its error output. */
  said: string;
}

interface AskOptions {
  /** What the command reads. */
  input?: Readable;
  patienceSeconds?: number;
}

/** @returns also where the command refused. @throws RunError `slurm-missing`, `ssh-missing`, `login-failed`, `cluster-silent` */
export type Ask = (words: readonly [string, ...string[]], options?: AskOptions) => Promise<Asked>;

const connectSeconds = 15;
const usualPatienceSeconds = 60;
/** As ssh says that it did not get in, and a shell that there is no such program. */
const [sshFailed, notFound] = [255, 127];

export function clusterCommands(loginNode?: string): Ask {
  return loginNode === undefined ? askHere : (words, options) => askThere(loginNode, words, options);
}

/** @throws also RunError `cluster-refused`, with the command's words */
export async function requireAnswer(ask: Ask, words: readonly [string, ...string[]]): Promise<string> {
  const { code, printed, said } = await ask(words);
  if (code === 0) return printed;
  throw new RunError(
    'cluster-refused',
    `The cluster refused: ${said || printed || `${words[0]} ended with exit code ${code}`}`,
    {
      hint: 'See what there is with "nnunet cluster", and correct the cluster\'s settings.',
    },
  );
}

async function askHere(words: readonly [string, ...string[]], options?: AskOptions): Promise<Asked> {
  const [program, ...rest] = words;
  const asked = await run(program, rest, `${program} on this machine`, options);
  if (asked !== 'absent') return asked;
  throw new RunError('slurm-missing', `Slurm's command ${program} is not on this machine`, {
    hint: 'Run this on the cluster\'s login node, or name that with --login-node (in VS Code: the setting "nnunet.slurm.loginNode").',
  });
}

async function askThere(loginNode: string, words: readonly [string, ...string[]], more?: AskOptions): Promise<Asked> {
  // A login shell, since that finds the cluster's commands.
  const command = `exec bash -lc ${shellWord(words.map(shellWord).join(' '))}`;
  const options = ['BatchMode=yes', `ConnectTimeout=${connectSeconds}`, 'NumberOfPasswordPrompts=0'];
  const asked = await run(
    'ssh',
    [...options.flatMap((one) => ['-o', one]), loginNode, command],
    `The login node ${loginNode}`,
    more,
  );
  if (asked === 'absent') {
    throw new RunError('ssh-missing', 'The program ssh is not on this machine', {
      hint: 'Install OpenSSH, or work on the login node itself (in VS Code: Remote - SSH).',
    });
  }
  if (asked.code === sshFailed) {
    throw new RunError(
      'login-failed',
      `The login node ${loginNode} can't be entered: ${asked.said || 'ssh says nothing'}`,
      {
        hint: `"ssh ${shellWord(loginNode)} true" has to work in a terminal without asking for anything: put your key there with "ssh-copy-id ${shellWord(loginNode)}", and a passphrase into ssh-agent.`,
      },
    );
  }
  if (asked.code === notFound) {
    throw new RunError('slurm-missing', `Slurm's command ${words[0]} is not on ${loginNode}: ${asked.said}`, {
      hint: "Name a machine where the cluster's commands work.",
    });
  }
  return asked;
}

function run(
  program: string,
  words: readonly string[],
  who: string,
  { input, patienceSeconds = usualPatienceSeconds }: AskOptions = {},
): Promise<Asked | 'absent'> {
  return new Promise((resolve, reject) => {
    const { SSH_ASKPASS: _, ...environment } = process.env;
    // A session of its own has no terminal: nothing can ask there, and wait.
    const child = spawn(program, words, {
      stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
      env: { ...environment, SSH_ASKPASS_REQUIRE: 'never' },
    });
    let [printed, said] = ['', ''];
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (printed += text));
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (said += text));
    // Where that breaks, the other side says why, or ends with a code.
    if (input) pipeline(input, child.stdin!, () => undefined);
    const timer = setTimeout(() => {
      end(child.pid);
      reject(
        new RunError('cluster-silent', `${who} did not answer within ${patienceSeconds} seconds`, {
          hint: 'Try again later, or try the same in a terminal.',
        }),
      );
    }, patienceSeconds * 1000);
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      if (error.code === 'ENOENT') resolve('absent');
      else reject(new RunError('cluster-silent', `${program} does not start: ${error.message}`));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? 1, printed, said: said.trim() });
    });
  });
}

/** With what it has started itself. */
function end(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It ended just now.
  }
}
