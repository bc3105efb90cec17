import { nearest } from './flags/nearest.js';
import { asksFor, asksForHelp, parseFlags } from './flags/parseFlags.js';
import type { FlagTable, FlagValues } from './flags/flag.js';
import { quoted, UsageError } from './flags/usageError.js';
import { writeOut, type Io } from './output/terminal.js';
import { oneLine } from '../model/text/oneLine.js';
import { packageVersion } from './version.js';

/** One command of the program. */
export interface Command<F extends FlagTable = FlagTable> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly describe: string;
  /** A line of usage, and what the command does. */
  readonly usage: string;
  readonly flags: F;
  readonly examples?: readonly (readonly [string, string])[];
  readonly epilogue?: string;
  /** How many operands it takes; none where it is not given. */
  readonly operands?: number;
  /** All texts that the operand may be, for completion. */
  readonly operandValues?: readonly string[];
  /** Whether flags are also variables of the environment. */
  readonly readsEnvironment?: boolean;
  /** Whether a flag that is given again is refused; else the last one counts. */
  readonly refusesRepeated?: boolean;
  /** Where this flag is given, exit code 1 tells what was found, and errors end with 2 instead of 1. */
  readonly findingsFlag?: string;
  /** @throws {Error} whose message becomes the one line that the user sees */
  run(values: FlagValues<F>, operands: readonly string[]): Promise<void>;
}

/** A command as the program finds it: loaded when it is called for, so that the small ones start fast. */
export interface CommandEntry {
  readonly name: string;
  readonly load: () => Promise<Command>;
}

/** Every command, for what is about all of them. */
export async function loadAll(entries: readonly CommandEntry[]): Promise<readonly Command[]> {
  const commands: Command[] = [];
  for (const { load } of entries) commands.push(await load());
  return commands;
}

/**
 * Runs what the arguments name. What a command throws becomes one line on standard error and exit code 1, or 2 where 1 tells what was found.
 * @param program how the program was called: `slicehints`, or `kubectl slicehints`
 */
export async function runCommandLine(
  entries: readonly CommandEntry[],
  args: readonly string[],
  io: Io,
  program = 'slicehints',
): Promise<void> {
  let command: Command | undefined;
  let errorCode = 1;
  try {
    const [first = '', ...rest] = args[0] === 'help' ? [args[1] ?? '--help', '--help'] : args;
    if (first === '--version') return await writeOut(io.stdout, `${packageVersion()}\n`);
    if (first === '--help' || first === '-h') {
      const { renderProgramHelp } = await import('./help.js');
      return await writeOut(io.stdout, await renderProgramHelp(await loadAll(entries), program, io.columns));
    }
    command = await findCommand(entries, first).load();
    if (command.findingsFlag !== undefined && asksFor(command.flags, command.findingsFlag, rest)) errorCode = 2;
    if (asksForHelp(rest)) {
      const { renderCommandHelp } = await import('./help.js');
      return await writeOut(io.stdout, await renderCommandHelp(command, program, io.columns));
    }
    const { values, operands } = parseFlags(command.flags, rest, {
      env: command.readsEnvironment === true ? io.env : undefined,
      refuseRepeated: command.refusesRepeated,
      operands: command.operands,
    });
    await command.run(values, operands);
  } catch (error) {
    const name = command === undefined ? 'slicehints' : `slicehints ${command.name}`;
    io.stderr.write(`${name}: ${oneLine(error instanceof Error ? error.message : String(error), LONGEST_LINE)}\n`);
    io.setExitCode(errorCode);
  }
}

const LONGEST_LINE = 2000;

function findCommand(entries: readonly CommandEntry[], name: string): CommandEntry {
  const found = entries.find((entry) => entry.name === name);
  if (found !== undefined) return found;
  if (name === '') throw new UsageError('Name a command; --help lists them.');
  const meant = nearest(
    name,
    entries.map((entry) => entry.name),
  );
  const what = name.startsWith('-') ? 'unknown flag' : 'unknown command';
  throw new UsageError(
    `${what} ${quoted(name)}; ${meant === undefined ? '--help lists the commands' : `did you mean ${meant}?`}`,
  );
}
