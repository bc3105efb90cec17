import { describe, expect, test } from 'vitest';
import { loadAll, runCommandLine, type Command, type CommandEntry } from '../../src/cli/command.js';
import { flag } from '../../src/cli/flags/flag.js';
import { BOOLEAN } from '../../src/cli/flags/kinds.js';
import { packageVersion } from '../../src/cli/version.js';
import { Sink } from '../support/sink.js';

/** A command that notes what it is run with. */
function commandOf(name: string, parts: Partial<Command> = {}): { readonly command: Command; readonly ran: unknown[] } {
  const ran: unknown[] = [];
  const command: Command = {
    name,
    describe: `What ${name} does`,
    usage: `$0 ${name}`,
    flags: { dry: flag(BOOLEAN, { describe: 'Only show it', default: 'false' }) },
    run: (values, operands) => Promise.resolve(void ran.push([values, operands])),
    ...parts,
  };
  return { command, ran };
}

async function run(
  args: readonly string[],
  commands: readonly Command[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ stdout: string; stderr: string; code: number | undefined }> {
  // prettier-ignore
  const [stdout, stderr] = [new Sink(), new Sink()];
  let code: number | undefined;
  const entries: CommandEntry[] = commands.map((command) => ({ name: command.name, load: () => Promise.resolve(command) })); // prettier-ignore
  const io = { stdout, stderr, env, columns: 100, setExitCode: (value: number) => (code = value) };
  await runCommandLine(entries, args, io as never);
  return { stdout: stdout.text, stderr: stderr.text, code };
}

describe('a command line', () => {
  test('runs its command with flags and operands', async () => {
    const { command, ran } = commandOf('move', { operands: 1 });
    expect(await run(['move', '--dry', 'a'], [commandOf('other').command, command])).toEqual({ stdout: '', stderr: '', code: undefined }); // prettier-ignore
    expect(ran).toEqual([[{ dry: true }, ['a']]]);
  });

  test.each<[string, boolean, boolean]>([
    ['are flags where the command reads them', true, true],
    ['are none else', false, false],
  ])('variables of the environment %s', async (_, readsEnvironment, dry) => {
    const { command, ran } = commandOf('move', { readsEnvironment });
    await run(['move'], [command], { SLICEHINTS_DRY: 'true' });
    expect(ran).toEqual([[{ dry }, []]]);
  });

  test.each([[['--version'], `${packageVersion()}\n`]])('%j prints the version', async (args, stdout) => {
    expect(await run(args, [])).toEqual({ stdout, stderr: '', code: undefined });
  });

  test.each([[['--help']], [['-h']], [['help']]])('%j lists the commands', async (args) => {
    const { stdout, code } = await run(args, [commandOf('move').command]);
    expect(stdout).toMatch(/slicehints move +What move does/);
    expect(code).toBeUndefined();
  });

  test.each([[['move', '--help']], [['move', '-h']], [['help', 'move']], [['move', '--unknown', '--help']]])(
    '%j shows the help of the command, and runs nothing',
    async (args) => {
      const { command, ran } = commandOf('move');
      expect((await run(args, [command])).stdout).toMatch(/--dry +Only show it/);
      expect(ran).toEqual([]);
    },
  );

  test.each<[string[], string]>([
    [[], 'slicehints: Name a command; --help lists them.\n'],
    [['mov'], 'slicehints: unknown command "mov"; did you mean move?\n'],
    [['something'], 'slicehints: unknown command "something"; --help lists the commands\n'],
    [['--versio'], 'slicehints: unknown flag "--versio"; --help lists the commands\n'],
    [['move', '--dri'], 'slicehints move: unknown flag --dri; did you mean --dry?\n'],
    [['move', 'a'], 'slicehints move: unexpected argument "a"\n'],
    [['help', 'mov'], 'slicehints: unknown command "mov"; did you mean move?\n'],
  ])('%j is refused in one line', async (args, stderr) => {
    expect(await run(args, [commandOf('move').command])).toEqual({ stdout: '', stderr, code: 1 });
  });

  test('what a command throws is one line, whatever its breaks', async () => {
    const { command } = commandOf('move', { run: () => Promise.reject(new Error('no\n  place\n\nleft')) });
    expect(await run(['move'], [command])).toEqual({ stdout: '', stderr: 'slicehints move: no place left\n', code: 1 });
  });

  test('control characters of what a command throws do not act on the terminal, and it is cut', async () => {
    const throws = (message: string): Command =>
      commandOf('move', { run: () => Promise.reject(new Error(message)) }).command;
    expect((await run(['move'], [throws('a\u001b[31mb\r\u009bc\td')])).stderr).toBe(
      'slicehints move: a\\u001b[31mb\\u000d\\u009bc\\u0009d\n',
    );
    expect((await run(['move'], [throws('x'.repeat(5000))])).stderr).toBe(`slicehints move: ${'x'.repeat(2000)}…\n`);
  });

  test.each<[string, string[], number]>([
    ['1', ['x'], 1],
    ['2 with the flag for which 1 is no error', ['--dry', 'x'], 2],
    ['2 where its value cannot be read', ['--dry=perhaps'], 2],
    ['1 where it is switched off', ['--dry=false', 'x'], 1],
    ['1 with a flag that begins alike', ['--dryer', 'x'], 1],
    ['1 where an operand looks like it', ['--', '--dry', 'x'], 1],
  ])('an error ends with %s', async (_, args, code) => {
    const { command } = commandOf('move', { findingsFlag: 'dry' });
    expect((await run(['move', ...args], [command])).code).toBe(code);
  });

  test('a flag that is given again is refused where the command wants it', async () => {
    const { command } = commandOf('move', { refusesRepeated: true });
    expect((await run(['move', '--dry', '--dry'], [command])).stderr).toBe('slicehints move: --dry: given more than once\n'); // prettier-ignore
  });
});

test('all commands are loaded, in their order', async () => {
  const commands = ['b', 'a'].map((name) => commandOf(name).command);
  expect(await loadAll(commands.map((command) => ({ name: command.name, load: () => Promise.resolve(command) })))).toEqual(commands); // prettier-ignore
});
