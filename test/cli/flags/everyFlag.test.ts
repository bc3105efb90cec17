import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { REPORT_FLAGS } from '../../../src/cli/flags/commands/reportFlags.js';
import { AUDIT_FLAGS } from '../../../src/cli/flags/commands/auditFlags.js';
import { CLEANUP_FLAGS } from '../../../src/cli/commands/cleanup.js';
import { DRAIN_FLAGS } from '../../../src/cli/flags/commands/drainFlags.js';
import { DOCTOR_FLAGS } from '../../../src/cli/commands/doctor.js';
import { EXPLAIN_FLAGS } from '../../../src/cli/commands/explain.js';
import { GUARD_COMMAND_FLAGS } from '../../../src/cli/commands/guard.js';
import { SANDBOX_FLAGS } from '../../../src/cli/commands/sandbox.js';
import { VIEW_FLAGS } from '../../../src/cli/commands/view.js';
import { loadAll } from '../../../src/cli/command.js';
import { commandEntries } from '../../../src/cli/commandEntries.js';
import { CONTROLLER_FLAGS } from '../../../src/cli/flags/commands/controllerFlags.js';
import type { Flag, FlagTable } from '../../../src/cli/flags/flag.js';
import { environmentName, parseFlags } from '../../../src/cli/flags/parseFlags.js';
import { PLAN_FLAGS } from '../../../src/cli/flags/commands/planFlags.js';
import { VERIFY_FLAGS } from '../../../src/cli/flags/commands/verifyFlags.js';
import { OBSERVE_FLAGS } from '../../../src/cli/flags/commands/observeFlags.js';
import { RECOMMEND_FLAGS } from '../../../src/cli/flags/commands/recommendFlags.js';
import { UsageError } from '../../../src/cli/flags/usageError.js';
import { processIo } from '../../../src/cli/output/terminal.js';

const TABLES: Readonly<Record<string, FlagTable>> = {
  controller: CONTROLLER_FLAGS,
  sandbox: SANDBOX_FLAGS,
  plan: PLAN_FLAGS,
  view: VIEW_FLAGS,
  explain: EXPLAIN_FLAGS,
  audit: AUDIT_FLAGS,
  recommend: RECOMMEND_FLAGS,
  report: REPORT_FLAGS,
  drain: DRAIN_FLAGS,
  doctor: DOCTOR_FLAGS,
  guard: GUARD_COMMAND_FLAGS,
  observe: OBSERVE_FLAGS,
  verify: VERIFY_FLAGS,
  cleanup: CLEANUP_FLAGS,
};

/** What Go's strconv.ParseBool takes, and what it means. */
const GO_BOOLEANS = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((word) => [word, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((word) => [word, false] as const),
]);
const DRY_RUN_WORDS = new Map([...GO_BOOLEANS, ['none', false], ['client', true], ['server', true]] as const);

const UNIT_SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** By the sentence that names what a flag takes: what a text means. An independent reading of the words; undefined: nothing. */
function meaning({ kind, repeatable }: Flag<unknown>, text: string): unknown {
  const { expected } = kind;
  const one = (): unknown => {
    if (expected === 'true or false') return GO_BOOLEANS.get(text);
    if (expected.startsWith('true, false, none')) return DRY_RUN_WORDS.get(text);
    if (expected.startsWith('auto, true or false')) {
      return new Map<string, unknown>([
        ...GO_BOOLEANS,
        ['auto', 'auto'],
        ['look', 'auto'],
        ['yes', true],
        ['no', false],
      ]).get(text);
    }
    if (expected.startsWith('a number') || expected.startsWith('a whole number')) {
      const range = /from (-?\d+) to (\d+)|at least (-?\d+)/.exec(expected);
      const [low, high] = [Number(range?.[1] ?? range?.[3]), Number(range?.[2] ?? Infinity)];
      const value = parseFloat(text);
      const plain = /^[-+0-9.e]+$/i.test(text) && !Number.isNaN(Number(text));
      const whole = !expected.startsWith('a whole') || value % 1 === 0;
      return plain && whole && value >= low && value <= high && value < Infinity ? value : undefined;
    }
    if (expected.startsWith('a duration')) {
      if (text === '0') return expected.includes('longer than 0') ? undefined : 0;
      const parts = text.match(/\d[\d.]*(ms|h|m|s)/g) ?? [];
      if (parts.join('') !== text || text === '') return undefined;
      const seconds = parts.reduce((sum, part) => sum + parseFloat(part) * UNIT_SECONDS[/[a-z]+/.exec(part)![0]]!, 0);
      return seconds > 2147483 || (seconds === 0 && expected.includes('longer than 0')) ? undefined : seconds * 1000;
    }
    if (kind.values !== undefined) return kind.values.includes(text) ? text : undefined;
    return 'some text';
  };
  const value = one();
  return value === undefined || !repeatable ? value : [value];
}

const tricky = [
  ...['', ' ', '0', '1', 't', 'T', 'f', 'F', 'true', 'True', 'TRUE', 'tRUE', 'false', 'False', 'FALSE', 'yes', 'no'],
  ...['on', 'off', 'y', 'n', 'none', 'client', 'server', 'Client', 'maybe', 'null', 'undefined', 'NaN', 'Infinity'],
  ...['-1', '+1', '1.5', '1,5', '1e3', '1e999', '0x10', '1_000', '10', '100', '1001', '65536', ' 5', '5 ', '١'],
  ...[
    '15s',
    '500ms',
    '1m30s',
    '0s',
    '-1s',
    '15',
    '1d',
    '1000h',
    '.5s',
    ':8080',
    '8080',
    ':99999',
    'host:1',
    '[::1]:80',
  ],
  ...['auto', 'Auto', 'present', 'json', 'JSON', 'loud', 'info', 'v1', 'V1', '--', '-', '../x', 'a/b', 'a/b/c', 'x\ny'],
  ...['__proto__', 'constructor', 'toString', '{}', '[]', '"', "'"],
];
const spellings = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...tricky) }, fc.string({ maxLength: 8 }));

function outcome(
  flags: FlagTable,
  args: readonly string[],
  env?: NodeJS.ProcessEnv,
): { read: Map<string, unknown> } | { refused: string } {
  try {
    return { read: new Map(Object.entries(parseFlags(flags, args, { env }).values)) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { refused: error.message };
  }
}

function check(
  flags: FlagTable,
  name: string,
  text: string,
  shown: string,
  args: readonly string[],
  env?: NodeJS.ProcessEnv,
): void {
  // Thrown by hand: thousands of calls of expect take longer than all the rest.
  const fail = (why: string): never => {
    throw new Error(`${JSON.stringify(text)}: ${why}`);
  };
  const one = flags[name]!;
  const wanted = meaning(one, text);
  // Names, addresses and files have rules of their own: such a text may be refused, but never mean something else.
  const free = Array.isArray(wanted) || wanted === 'some text';
  const result = outcome(flags, args, env);
  if ('refused' in result) {
    if (!free && wanted !== undefined) fail(`refused, though it means ${JSON.stringify(wanted)}`);
    if (!result.refused.startsWith(`${shown}: `)) fail(`"${result.refused}" does not name ${shown}`);
    if (result.refused.includes('\n') || result.refused.length > 2000) fail('refused in more than one sentence');
    return;
  }
  const value = result.read.get(name);
  if (wanted === undefined) fail(`means nothing, but was read as ${JSON.stringify(value)}`);
  if (value === undefined) fail('was ignored');
  if (free) return;
  const same = typeof wanted === 'number' ? Math.abs(Number(value) - wanted) < 1e-3 : value === wanted;
  if (!same) fail(`means ${JSON.stringify(wanted)}, but was read as ${JSON.stringify(value)}`);
}

const everyFlag = Object.entries(TABLES).flatMap(([command, flags]) =>
  Object.keys(flags).map((name) => [command, name, flags] as const),
);

describe('no spelling of a value falls back to the default', () => {
  test('the tables are those of all commands', async () => {
    const commands = await loadAll(commandEntries(processIo()));
    for (const { name, flags } of commands) if (Object.keys(flags).length > 0) expect(TABLES[name]).toBe(flags);
  });

  test.each(everyFlag)('%s --%s', (_, name, flags) => {
    fc.assert(
      fc.property(spellings, (text) => check(flags, name, text, `--${name}`, [`--${name}=${text}`])),
      { numRuns: 25 },
    );
    for (const text of tricky) check(flags, name, text, `--${name}`, [`--${name}=${text}`]);
  });

  test.each(Object.keys(CONTROLLER_FLAGS))('the variable of --%s', (name) => {
    const variable = environmentName(name);
    fc.assert(
      fc.property(spellings, (text) => check(CONTROLLER_FLAGS, name, text, variable, [], { [variable]: text })),
      { numRuns: 25 },
    );
    for (const text of tricky) check(CONTROLLER_FLAGS, name, text, variable, [], { [variable]: text });
  });

  test.each(everyFlag)('%s --%s without a value is a boolean or refused', (_, name, flags) => {
    const result = outcome(flags, [`--${name}`]);
    const one = flags[name]!;
    if (one.kind.bare === undefined) {
      expect(result).toEqual({ refused: `--${name}: expected ${one.kind.expected}, got nothing` });
    } else expect('read' in result && result.read.get(name)).toBe(true);
  });

  test.each(everyFlag)('the default of %s --%s means something', (_, name, flags) => {
    const { kind, default: text } = flags[name]!;
    if (text !== undefined) expect(kind.read(text)).toBeDefined();
  });
});
