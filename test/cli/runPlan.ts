import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { runCommandLine, type Command } from '../../src/cli/command.js';
import { commandEntries } from '../../src/cli/commandEntries.js';
import type { FlagTable } from '../../src/cli/flags/flag.js';
import type { ClusterSurroundings } from '../../src/cli/input/clusterSource.js';
import { planCommand } from '../../src/cli/commands/plan.js';
import type { Io } from '../../src/cli/output/terminal.js';
import { viewCommand } from '../../src/cli/commands/view.js';
import { FakeClock } from '../support/fakeClock.js';
import { Sink } from '../support/sink.js';

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | undefined;
}

/** The samples that ship; the tests run from build/. */
export const EXAMPLES = fileURLToPath(new URL('../../../examples', import.meta.url));

export interface World {
  readonly stdin?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly isTTY?: boolean;
  readonly isErrorTTY?: boolean;
  readonly columns?: number;
  readonly connect?: ClusterSurroundings['connect'];
  readonly clock?: ClusterSurroundings['clock'];
  /** Fires as SIGINT does. */
  readonly signal?: AbortSignal;
}

/** Runs `slicehints plan` in this process, as main.ts runs it. */
export function runPlan(args: readonly string[], world: World = {}): Promise<Ran> {
  return runCommand('plan', planCommand, args, world);
}

/** Runs `slicehints view` likewise. */
export function runViewCommand(args: readonly string[], world: World = {}): Promise<Ran> {
  return runCommand('view', viewCommand, args, world);
}

/** Runs the program with any command, in this process. */
export function runProgram(args: readonly string[]): Promise<Ran> {
  return run({}, (io) => runCommandLine(commandEntries(io), args, io));
}

export function runCommand<F extends FlagTable>(
  name: string,
  command: (io: Io, surroundings: ClusterSurroundings) => Command<F>,
  args: readonly string[],
  world: World,
): Promise<Ran> {
  const connect = (): never => {
    throw new Error('This test has no cluster.');
  };
  const surroundings = { clock: world.clock ?? new FakeClock(), connect: world.connect ?? connect };
  return run(world, (io) =>
    runCommandLine([{ name, load: () => Promise.resolve(command(io, surroundings)) }], [name, ...args], io),
  );
}

async function run(world: World, main: (io: Io) => Promise<void>): Promise<Ran> {
  const stdout = new Sink();
  const stderr = new Sink();
  let code: number | undefined;
  const io = {
    stdout,
    stderr,
    stdin: Readable.from([Buffer.from(world.stdin ?? '')]),
    env: world.env ?? {},
    isTTY: world.isTTY ?? false,
    isErrorTTY: world.isErrorTTY ?? false,
    columns: world.columns,
    setExitCode: (value: number) => {
      code = value;
    },
    untilSignal: () => world.signal ?? new AbortController().signal,
  };
  await main(io);
  return { stdout: stdout.text, stderr: stderr.text, code };
}
