import { describe, expect, test } from 'vitest';
import { CLEANUP_FLAGS } from '../../../src/cli/commands/cleanup.js';
import { CONTROLLER_FLAGS } from '../../../src/cli/flags/commands/controllerFlags.js';
import { flag, list } from '../../../src/cli/flags/flag.js';
import { BOOLEAN, number, text } from '../../../src/cli/flags/kinds.js';
import { asksForHelp, environmentName, parseFlags } from '../../../src/cli/flags/parseFlags.js';
import { PLAN_FLAGS } from '../../../src/cli/flags/commands/planFlags.js';
import { UsageError } from '../../../src/cli/flags/usageError.js';

/** What Go's strconv.ParseBool takes, and what it means. */
const GO_BOOLEANS = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((word) => [word, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((word) => [word, false] as const),
]);
const DRY_RUN_WORDS = new Map([...GO_BOOLEANS, ['none', false], ['client', true], ['server', true]] as const);

describe('the dangerous ones, word by word', () => {
  test.each([...DRY_RUN_WORDS])('cleanup --dry-run=%s is %s', (word, value) => {
    expect(parseFlags(CLEANUP_FLAGS, [`--dry-run=${word}`]).values['dry-run']).toBe(value);
    expect(parseFlags(CLEANUP_FLAGS, ['--dry-run', word]).values['dry-run']).toBe(value);
  });

  test.each([...GO_BOOLEANS])('controller --leader-elect=%s is %s', (word, value) => {
    expect(parseFlags(CONTROLLER_FLAGS, [`--leader-elect=${word}`]).values['leader-elect']).toBe(value);
  });

  test.each(['maybe', '', 'yes', 'tRue', 'all'])('--dry-run=%s is refused', (word) => {
    expect(() => parseFlags(CLEANUP_FLAGS, [`--dry-run=${word}`])).toThrow(
      new UsageError(`--dry-run: expected true, false, none, client or server, got ${JSON.stringify(word)}`),
    );
  });

  test.each<[string, string[], string]>([
    ['a word after a boolean that is no boolean', ['--dry-run', 'maybe'], 'unexpected argument "maybe"'],
    ['a value for a negation', ['--no-dry-run=true'], '--no-dry-run: takes no value, got "true"'],
    ['a negation of what is no boolean', ['--no-namespace'], 'unknown flag --no-namespace; did you mean --namespace?'],
    ['a slip', ['--dryrun'], 'unknown flag --dryrun; did you mean --dry-run?'],
    ['an underscore', ['--take_over'], 'unknown flag --take_over; did you mean --take-over?'],
    ['a letter that no flag has', ['-x'], 'unknown flag -x; --help lists the flags'],
    [
      'a flag in place of a value',
      ['--context', '--dry-run'],
      '--context: expected the name of a context, got the flag "--dry-run"',
    ],
    [
      'an earlier value that means nothing',
      ['--dry-run=maybe', '--dry-run'],
      '--dry-run: expected true, false, none, client or server, got "maybe"',
    ],
  ])('%s is refused', (_, args, message) => {
    expect(() => parseFlags(CLEANUP_FLAGS, args)).toThrow(new UsageError(message));
  });
});

describe('spellings of kubectl', () => {
  test.each<[string[], object]>([
    [['-n', 'shop'], { namespace: 'shop' }],
    [['-nshop'], { namespace: 'shop' }],
    [['-n=shop'], { namespace: 'shop' }],
    [['--namespace', 'shop'], { namespace: 'shop' }],
    [['-A'], { 'all-namespaces': true }],
    [['-f', '-'], { filename: ['-'] }],
    [['--file', 'a', '-f', 'b', '--filename=c'], { filename: ['a', 'b', 'c'] }],
    [['-Af', 'a'], { 'all-namespaces': true, filename: ['a'] }],
    [['-o', 'json', '-v6'], { output: 'json', v: 6 }],
    [['--no-all-namespaces'], { 'all-namespaces': false }],
  ])('%j', (args, values) => {
    expect(parseFlags(PLAN_FLAGS, args).values).toMatchObject(values);
  });

  test('-l selects by labels', () => {
    const { selector } = parseFlags(PLAN_FLAGS, ['-l', 'app in (a,b),!old']).values;
    expect(selector?.matches({ app: 'a' })).toBe(true);
    expect(selector?.matches({ app: 'a', old: '' })).toBe(false);
    expect(() => parseFlags(PLAN_FLAGS, ['-l', 'app in'])).toThrow('--selector: expected a label selector');
  });
});

describe('operands', () => {
  const flags = {
    dry: flag(BOOLEAN, { describe: '', default: 'false' }),
    n: flag(number({ low: -5 }), { describe: '' }),
  };
  const read = (args: readonly string[], operands = 2): unknown => parseFlags(flags, args, { operands });

  test.each<[string, string[], unknown]>([
    ['stand anywhere', ['a', '--dry', 'b'], { values: { dry: true, n: undefined }, operands: ['a', 'b'] }],
    ['may look like flags behind --', ['--', '--dry', '-x'], { values: { dry: false, n: undefined }, operands: ['--dry', '-x'] }], // prettier-ignore
    ['a negative number is the value of its flag', ['--n', '-3', 'a'], { values: { dry: false, n: -3 }, operands: ['a'] }], // prettier-ignore
    ['a word that means a boolean is the value of the flag before it', ['--dry', 'false'], { values: { dry: false, n: undefined }, operands: [] }], // prettier-ignore
  ])('%s', (_, args, expected) => {
    expect(read(args)).toEqual(expected);
  });

  test('beyond those that a command takes are refused', () => {
    expect(() => read(['a', 'b', 'c'])).toThrow(new UsageError('unexpected argument "c"'));
    expect(() => parseFlags(flags, ['a'])).toThrow(new UsageError('unexpected argument "a"'));
  });
});

describe('a flag that is given again', () => {
  const flags = { a: flag(text('x'), { describe: '' }), b: list(text('x'), { describe: '' }) };

  test('counts as it was given last, or is refused', () => {
    expect(parseFlags(flags, ['--a=1', '--a=2']).values).toEqual({ a: '2', b: undefined });
    expect(() => parseFlags(flags, ['--a=1', '--a=2'], { refuseRepeated: true })).toThrow(new UsageError('--a: given more than once')); // prettier-ignore
  });

  test('is a list where it may be repeated', () => {
    expect(parseFlags(flags, ['--b=1', '--b=2'], { refuseRepeated: true }).values.b).toEqual(['1', '2']);
  });
});

test.each([
  ['kube-api-qps', 'SLICEHINTS_KUBE_API_QPS'],
  ['v', 'SLICEHINTS_V'],
])('--%s is the variable %s', (name, variable) => {
  expect(environmentName(name)).toBe(variable);
});

test.each([
  [['--help'], true],
  [['a', '-h'], true],
  [['--', '--help'], false],
  [['--helpful'], false],
  [[], false],
])('%j asks for help: %s', (args, expected) => {
  expect(asksForHelp(args)).toBe(expected);
});
