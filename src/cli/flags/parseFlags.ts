import { parseArgs } from 'node:util';
import { nearest } from './nearest.js';
import type { Flag, FlagTable, FlagValues } from './flag.js';
import { quoted, UsageError } from './usageError.js';
import { ownValue, setOwnValue } from '../../model/ownValue.js';

export interface ParseOptions {
  /** Variables that set flags, where a command reads them. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Whether a flag that is given again is refused rather than counting as it was given last. */
  readonly refuseRepeated?: boolean | undefined;
  /** How many operands there may be. */
  readonly operands?: number | undefined;
}

export interface ParsedFlags<F extends FlagTable> {
  readonly values: FlagValues<F>;
  readonly operands: readonly string[];
}

/** A text that was given for a flag, and under which name. */
interface Given {
  readonly name: string;
  readonly text: string | undefined;
}

/**
 * Reads a command line as kubectl does, by the table of a command's flags: `--flag value`, `--flag=value`, `-f value`,
 * `-fvalue`, `--boolean`, `--boolean=value`, `--no-boolean`. This is the one place where the texts of flags and
 * variables get their meaning: each means what it says or is refused, and none falls back to the default.
 * @throws {UsageError} one sentence on the first flag, variable or operand that cannot be used
 */
export function parseFlags<F extends FlagTable>(
  flags: F,
  args: readonly string[],
  { env, refuseRepeated = false, operands: most = 0 }: ParseOptions = {},
): ParsedFlags<F> {
  const { given, operands } = collect(flags, args);
  if (operands.length > most) throw new UsageError(`unexpected argument ${quoted(operands[most] ?? '')}`);
  if (env !== undefined) {
    refuseMistypedVariables(flags, env);
    for (const flag of Object.keys(flags)) {
      const name = environmentName(flag);
      const text = ownValue(env, name);
      if (text !== undefined && !given.has(flag)) given.set(flag, [{ name, text }]);
    }
  }
  const values = Object.entries(flags).map(([name, flag]) => {
    const texts = given.get(name);
    if (texts === undefined) return [name, flag.default === undefined ? undefined : flag.kind.read(flag.default)];
    // Every text is read, so that one that means nothing is refused even where a later one counts.
    const read = texts.map((one) => readText(flag, one));
    if (flag.repeatable) return [name, read];
    if (read.length > 1 && refuseRepeated) throw new UsageError(`--${name}: given more than once`);
    return [name, read.at(-1)];
  });
  return { values: Object.fromEntries(values) as FlagValues<F>, operands };
}

/** `--kube-api-qps` is SLICEHINTS_KUBE_API_QPS. */
export function environmentName(flag: string): string {
  return `SLICEHINTS_${flag.toUpperCase().replaceAll('-', '_')}`;
}

/** Whether a command line asks for help. */
export function asksForHelp(args: readonly string[]): boolean {
  return beforeOperands(args).some((arg) => arg === '--help' || arg === '-h');
}

/** Whether a command line gives a flag and does not switch it off, also where it cannot be read as a whole. */
export function asksFor(flags: FlagTable, name: string, args: readonly string[]): boolean {
  const kind = ownValue(flags, name)?.kind;
  const isOff = (text: string): boolean => kind?.bare !== undefined && kind.read(text) === false;
  const start = `--${name}=`;
  return beforeOperands(args).some(
    (arg) => arg === `--${name}` || (arg.startsWith(start) && !isOff(arg.slice(start.length))),
  );
}

function beforeOperands(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  return end === -1 ? args : args.slice(0, end);
}

function collect(flags: FlagTable, args: readonly string[]): { given: Map<string, Given[]>; operands: string[] } {
  const nameOf = spellings(flags);
  const given = new Map<string, Given[]>();
  const operands: string[] = [];
  const tokens = tokensOf(flags, args);
  for (let t = 0; t < tokens.length; t++) {
    const token = tokens[t];
    if (token === undefined || token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      operands.push(token.value);
      continue;
    }
    const { rawName } = token;
    const negated = rawName.startsWith('--no-') ? nameOf.get(rawName.slice('--no-'.length)) : undefined;
    const name = nameOf.get(token.name) ?? negated;
    const flag = name === undefined ? undefined : ownValue(flags, name);
    const isNegated = !nameOf.has(token.name);
    if (name === undefined || flag === undefined || (isNegated && flag.kind.bare !== 'true')) {
      throw unknownFlag(rawName, nameOf);
    }
    let text = textOf(token);
    if (isNegated) {
      if (text !== undefined) throw new UsageError(`${rawName}: takes no value, got ${quoted(text)}`);
      text = 'false';
    } else if (flag.kind.bare !== undefined && text === undefined) {
      const next = tokens[t + 1];
      // `--flag false`, where nothing else could be meant.
      const value = next?.kind === 'positional' && flag.kind.read(next.value) !== undefined ? next.value : undefined;
      if (value !== undefined) t += 1;
      text = value ?? flag.kind.bare;
    } else if (token.inlineValue === false && text !== undefined && /^-[^\d.]/.test(text)) {
      throw new UsageError(`${rawName}: expected ${flag.kind.expected}, got the flag ${quoted(text)}`);
    }
    const texts = given.get(name) ?? [];
    texts.push({ name: rawName.startsWith('--') ? rawName : `--${name}`, text });
    given.set(name, texts);
  }
  return { given, operands };
}

/** pflag reads `-f=x` as `-f x`. */
function textOf({ rawName, value, inlineValue }: OptionToken): string | undefined {
  const isShort = !rawName.startsWith('--');
  return isShort && inlineValue === true && value?.startsWith('=') === true ? value.slice(1) : value;
}

interface OptionToken {
  readonly kind: 'option';
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}
type Token = OptionToken | { kind: 'positional'; value: string } | { kind: 'option-terminator' };

function tokensOf(flags: FlagTable, args: readonly string[]): readonly Token[] {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string }> = {};
  for (const [name, { kind, short, formerly = [] }] of Object.entries(flags)) {
    const type = kind.bare === undefined ? 'string' : 'boolean';
    setOwnValue(options, name, { type, ...(short === undefined ? {} : { short }) });
    for (const other of formerly) setOwnValue(options, other, { type });
  }
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  return tokens;
}

/** Every spelling that leads to a flag, without dashes. */
function spellings(flags: FlagTable): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(flags).flatMap(([name, { formerly = [] }]) =>
      [name, ...formerly].map((spelling) => [spelling, name] as const),
    ),
  );
}

function readText({ kind }: Flag<unknown>, { name, text }: Given): unknown {
  let value: unknown;
  try {
    value = text === undefined ? undefined : kind.read(text);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`${name}: ${error.message}`, error);
    throw error;
  }
  if (value !== undefined) return value;
  throw new UsageError(`${name}: expected ${kind.expected}, got ${text === undefined ? 'nothing' : quoted(text)}`);
}

function unknownFlag(rawName: string, nameOf: ReadonlyMap<string, string>): UsageError {
  const meant = rawName.startsWith('--') ? nearest(rawName.slice(2), [...nameOf.keys(), 'help']) : undefined;
  const advice = meant === undefined ? '--help lists the flags' : `did you mean --${meant}?`;
  return new UsageError(`unknown flag ${quoted(rawName).slice(1, -1)}; ${advice}`);
}

/** What Kubernetes sets beside a Service called slicehints, or slicehints-something. */
const SERVICE_LINK = /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/;

/** A variable whose name is nearly that of a flag is a slip that would leave the default in force. */
function refuseMistypedVariables(flags: FlagTable, env: NodeJS.ProcessEnv): void {
  const known = Object.keys(flags).map(environmentName);
  for (const name of Object.keys(env).sort()) {
    if (!name.startsWith('SLICEHINTS_') || known.includes(name) || SERVICE_LINK.test(name)) continue;
    const meant = nearest(name, known);
    if (meant !== undefined) throw new UsageError(`${name}: unknown variable; did you mean ${meant}?`);
  }
}
