import { loadAll, type Command, type CommandEntry } from '../command.js';
import { bashCompletion } from '../completion/bash.js';
import { fishCompletion } from '../completion/fish.js';
import { zshCompletion } from '../completion/zsh.js';
import { quoted, UsageError } from '../flags/usageError.js';
import { writeOut, type Io } from '../output/terminal.js';

const SHELLS: ReadonlyMap<string, (commands: readonly Command[]) => string> = new Map([
  ['bash', bashCompletion],
  ['zsh', zshCompletion],
  ['fish', fishCompletion],
]);

const NO_FLAGS = {} as const;

/** `slicehints completion`: prints a script that completes the commands and their flags. */
export function completionCommand(io: Io, entries: readonly CommandEntry[]): Command<typeof NO_FLAGS> {
  const shells = [...SHELLS.keys()];
  return {
    name: 'completion',
    describe: 'Print a script that completes commands and flags: bash, zsh or fish',
    usage: `$0 completion bash|zsh|fish

Prints a script for the shell. To load it: source <($0 completion bash); source <($0 completion zsh); or $0 completion fish | source.`,
    flags: NO_FLAGS,
    operands: 1,
    operandValues: shells,
    run: async (_, [shell]) => {
      const render = SHELLS.get(shell ?? '');
      if (render === undefined) {
        throw new UsageError(`expected ${shells.join(', ')}, got ${shell === undefined ? 'nothing' : quoted(shell)}`);
      }
      await writeOut(io.stdout, render(await loadAll(entries)));
    },
  };
}
