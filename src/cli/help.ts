import yargs, { type Argv, type Options } from 'yargs';
import type { Command } from './command.js';
import type { Flag } from './flags/flag.js';

const WIDEST = 120;

/** What `slicehints --help` prints: the commands. */
export async function renderProgramHelp(
  commands: readonly Command[],
  program: string,
  columns: number | undefined,
): Promise<string> {
  const page = empty(program, columns)
    .usage(
      `${program} <command>\n\nDecides which endpoints each zone and node should use, and writes that as hints into EndpointSlices.`,
    )
    .option('version', { type: 'boolean', describe: 'Show the version' })
    .epilogue(`"${program} help COMMAND" shows the flags of a command.`);
  for (const { name, describe } of commands) page.command(name, describe);
  return `${await page.getHelp()}\n`;
}

/** What `slicehints COMMAND --help` prints. */
export async function renderCommandHelp(
  { usage, flags, examples = [], epilogue }: Command,
  program: string,
  columns: number | undefined,
): Promise<string> {
  const named = (text: string): string => text.replaceAll('$0', program);
  const page = empty(program, columns).usage(named(usage));
  for (const [name, one] of Object.entries(flags)) page.option(name, shown(name, one));
  for (const [line, what] of examples) page.example(named(line), what);
  if (epilogue !== undefined) page.epilogue(epilogue);
  return `${await page.getHelp()}\n`;
}

/** yargs lays the page out; it reads no arguments. */
function empty(program: string, columns: number | undefined): Argv {
  return yargs([])
    .scriptName(program)
    .help(false)
    .version(false)
    .wrap(Math.min(columns ?? WIDEST, WIDEST))
    .option('help', { alias: 'h', type: 'boolean', describe: 'Show this help' });
}

function shown(name: string, { kind, describe, short, group, repeatable, default: text }: Flag<unknown>): Options {
  const values = kind.values !== undefined && kind.bare === undefined ? { choices: kind.values } : {};
  return {
    describe: repeatable ? `${describe} (repeatable)` : describe,
    ...(kind.bare === undefined ? values : { type: 'boolean' }),
    ...(short === undefined || short === name ? {} : { alias: short }),
    ...(group === undefined ? {} : { group }),
    ...(text === undefined || text === '' ? {} : { defaultDescription: text }),
  };
}
