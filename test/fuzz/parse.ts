import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { UsageError } from '../../src/cli/flags/usageError.js';
import { asRecord } from '../../src/kube/json.js';
import { TARGETS, type FuzzTarget } from './targets.js';

const USAGE = `npm run fuzz -- parse [TARGET ...] [--minutes M] [--keep]
npm run fuzz -- parse TARGET --file FILE
  TARGET     what is fuzzed: ${[...TARGETS.keys()].join(', ')}; by default one after the other
  --minutes  how long each is fuzzed (1)
  --keep     adds inputs that reach code that no input of test/fixtures/fuzz reaches
  --file     gives the target this input only, without the fuzzer`;

/** The inputs that are kept, in a folder for each target; `npm test` gives them to the targets again. */
export const CORPUS = 'test/fixtures/fuzz';
/** What a run finds. */
const FOUND = 'reports/fuzz';
/** libFuzzer gives up on an input after so many seconds. */
const HANG_SECONDS = 5;

/** What Jazzer.js is built with; Debian 13 and Ubuntu 24.04 have it. */
const OLDEST_GLIBC = [2, 38] as const;

/** Fuzzes what reads foreign input with Jazzer.js. @returns the exit code */
export async function fuzzParsers(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      minutes: { type: 'string', default: '1' },
      keep: { type: 'boolean', default: false },
      file: { type: 'string' },
    },
  });
  const targets = (positionals.length > 0 ? positionals : [...TARGETS.keys()]).map(targetOf);
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new UsageError(`--minutes: expected a number above 0, got "${values.minutes}"\n${USAGE}`);
  if (values.file !== undefined) return replay(targets, values.file);
  const missing = missingGlibc();
  if (missing !== undefined) throw new UsageError(missing);
  const found = targets.filter(([name, target]) => !fuzz(name, target, minutes, values.keep)).map(([name]) => name);
  process.stdout.write(
    found.length === 0
      ? `\nNothing found.\n`
      : `\nFound something: ${found.join(', ')}. The inputs are in ${FOUND}/; npm run fuzz -- parse TARGET --file FILE repeats one.\n`,
  );
  return found.length === 0 ? 0 : 1;
}

function targetOf(name: string): readonly [string, FuzzTarget] {
  const target = TARGETS.get(name);
  if (target === undefined) throw new UsageError(`There is no target "${name}"\n${USAGE}`);
  return [name, target];
}

async function replay(targets: readonly (readonly [string, FuzzTarget])[], file: string): Promise<number> {
  const [only] = targets;
  if (only === undefined || targets.length > 1)
    throw new UsageError(`--file needs the one target that reads it\n${USAGE}`);
  await only[1].fuzz(readFileSync(file));
  process.stdout.write(`${only[0]} reads ${file} without a finding.\n`);
  return 0;
}

/** @returns false where an input breaks the target */
function fuzz(name: string, { fuzz, words }: FuzzTarget, minutes: number, keep: boolean): boolean {
  const found = join(FOUND, name);
  const fresh = join(found, 'corpus');
  mkdirSync(fresh, { recursive: true });
  const dictionary = join(found, 'words.dict');
  writeFileSync(dictionary, words.map((word) => `"${escaped(word)}"\n`).join(''));
  const isAsync = fuzz.constructor.name === 'AsyncFunction';
  const jazzer = (...options: readonly string[]): boolean => runJazzer(name, isAsync ? [] : ['--sync'], options);
  process.stdout.write(`\n${name}, ${minutes} min\n`);
  const passed = jazzer(
    ...[fresh, join(CORPUS, name), '--', `-max_total_time=${Math.ceil(minutes * 60)}`, `-timeout=${HANG_SECONDS}`],
    ...[`-dict=${dictionary}`, `-artifact_prefix=${found}/`, '-print_final_stats=1'],
  );
  if (!passed || !keep) return passed;
  const before = readdirSync(join(CORPUS, name)).length;
  if (!jazzer(join(CORPUS, name), fresh, '--', '-merge=1', `-timeout=${HANG_SECONDS}`)) return false;
  process.stdout.write(`${name}: ${readdirSync(join(CORPUS, name)).length - before} inputs are new in ${CORPUS}\n`);
  rmSync(fresh, { recursive: true });
  return true;
}

/** As dictionaries of libFuzzer have it. */
function escaped(word: string): string {
  return [...Buffer.from(word)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

/** @returns one sentence where Jazzer.js cannot be loaded */
export function missingGlibc(
  platform: string = process.platform,
  report: unknown = process.report.getReport(),
): string | undefined {
  if (platform !== 'linux') return undefined;
  const version = asRecord(asRecord(report)['header'])['glibcVersionRuntime'];
  const [major = 0, minor = 0] = typeof version === 'string' ? version.split('.').map(Number) : [];
  if (major > OLDEST_GLIBC[0] || (major === OLDEST_GLIBC[0] && minor >= OLDEST_GLIBC[1])) return undefined;
  const found = typeof version === 'string' ? `version ${version}` : 'none';
  return `Jazzer.js needs glibc ${OLDEST_GLIBC.join('.')} or newer, this system has ${found}; see CONTRIBUTING.md`;
}

function runJazzer(name: string, flags: readonly string[], options: readonly string[]): boolean {
  const cli = join(dirname(createRequire(import.meta.url).resolve('@jazzer.js/core')), 'cli.js');
  const target = fileURLToPath(new URL(`./targets/${name}.js`, import.meta.url));
  // Only our own code is followed.
  const args = [cli, target, ...flags, '-i', 'build/src', ...options];
  return spawnSync(process.execPath, args, { stdio: 'inherit' }).status === 0;
}
