#!/usr/bin/env node
import yargs, { type CommandModule } from 'yargs';
import { hideBin } from 'yargs/helpers';
import { processIo, type Io } from './output/terminal.js';
import { packageVersion } from './version.js';

/** Each command is loaded when it is called for: the small ones start in a fraction of the time of the controller. */
const COMMANDS = {
  controller: async (io: Io) => erased((await import('./commands/controller.js')).controllerCommand(io)),
  sandbox: async (io: Io) => erased((await import('./commands/sandbox.js')).sandboxCommand(io)),
  plan: async (io: Io) => erased((await import('./commands/plan.js')).planCommand(io)),
  view: async (io: Io) => erased((await import('./commands/view.js')).viewCommand(io)),
  doctor: async (io: Io) => erased((await import('./commands/doctor.js')).doctorCommand(io)),
  guard: async (io: Io) => erased((await import('./commands/guard.js')).guardCommand(io)),
  cleanup: async (io: Io) => erased((await import('./commands/cleanup.js')).cleanupCommand(io)),
} satisfies Readonly<Record<string, (io: Io) => Promise<CommandModule>>>;

/** Whatever a command's own arguments are: yargs fills them by the command's builder. */
function erased<T>(command: CommandModule<object, T>): CommandModule {
  return command as unknown as CommandModule;
}

/** The commands that these arguments may need: all of them for help, none for the version. */
function loadersNeeded(command: string): readonly ((io: Io) => Promise<CommandModule>)[] {
  const loaders = Object.entries(COMMANDS);
  const called = loaders.filter(([name]) => name === command);
  return (called.length === 0 && command !== '--version' ? loaders : called).map(([, load]) => load);
}

/** Every command, wired to the process. What a command throws becomes one line on standard error and exit code 1. */
async function main(io: Io, args: readonly string[]): Promise<void> {
  const command = args[0] ?? '';
  // The environment sets the controller's flags; the command line, which comes later, wins.
  const fromEnvironment =
    command === 'controller' ? (await import('./flags/controllerFlags.js')).argumentsFromEnvironment(io.env, args) : [];
  const commands = await Promise.all(loadersNeeded(command).map((load) => load(io)));
  const parser = yargs([...args.slice(0, 1), ...fromEnvironment, ...args.slice(1)])
    .scriptName('slicehints')
    .usage(
      '$0 <command>\n\nDecides which endpoints each zone and node should use, and writes that as hints into EndpointSlices.',
    )
    .parserConfiguration({ 'duplicate-arguments-array': false })
    .command(commands)
    .demandCommand(1, 1, 'Name a command; --help lists them.')
    .strict()
    .wrap(120)
    .version(packageVersion())
    .help()
    .fail((message: string | null, error: Error | undefined) => {
      throw error ?? new Error((message ?? 'The arguments cannot be read.').replaceAll(/\s*\n\s*/g, '; '));
    });
  try {
    await parser.parseAsync();
  } catch (error) {
    const name = /^[a-z]/.test(command) ? `slicehints ${command}` : 'slicehints';
    io.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    io.setExitCode(1);
  }
}

void main(processIo(), hideBin(process.argv));
