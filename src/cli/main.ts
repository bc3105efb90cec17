#!/usr/bin/env node
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { cleanupCommand } from './cleanupCommand.js';
import { controllerCommand } from './controllerCommand.js';
import { argumentsFromEnvironment } from './controllerOptions.js';
import { doctorCommand } from './doctorCommand.js';
import { guardCommand } from './guardCommand.js';
import { planCommand } from './planCommand.js';
import { sandboxCommand } from './sandboxCommand.js';
import { processIo, type Io } from './terminal.js';
import { packageVersion } from './version.js';
import { viewCommand } from './viewCommand.js';

/** Every command, wired to the process. What a command throws becomes one line on standard error and exit code 1. */
async function main(io: Io, args: readonly string[]): Promise<void> {
  const command = args[0] ?? '';
  // The environment sets the controller's flags; the command line, which comes later, wins.
  const fromEnvironment = command === 'controller' ? argumentsFromEnvironment(io.env) : [];
  const parser = yargs([...args.slice(0, 1), ...fromEnvironment, ...args.slice(1)])
    .scriptName('slicehints')
    .usage(
      '$0 <command>\n\nDecides which endpoints each zone and node should use, and writes that as hints into EndpointSlices.',
    )
    .parserConfiguration({ 'duplicate-arguments-array': false })
    .command(controllerCommand(io))
    .command(sandboxCommand(io))
    .command(planCommand(io))
    .command(viewCommand(io))
    .command(doctorCommand(io))
    .command(guardCommand(io))
    .command(cleanupCommand(io))
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

await main(processIo(), hideBin(process.argv));
