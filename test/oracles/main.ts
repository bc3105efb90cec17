import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { FuzzCase } from './fuzzCase.js';
import { examine, caseOf, runCase, smallest, type Failure } from './run.js';

const USAGE = `npm run fuzz -- [--seed N] [--cases N] [--minutes M] [--case N] [--file cluster.json]
  --seed     of the sequence of cases (1)
  --cases    how many of it are run (20000)
  --minutes  stop after this long
  --case     run this one only, and print it
  --file     run the input in this file, as a failure prints it`;

function wholeNumber(flag: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new Error(`--${flag}: expected a number of at least 0, got "${text}"\n${USAGE}`);
}

function print({ rule, seed, number, finding, input }: Failure): void {
  process.stdout.write(`\n${rule}\n  seed ${seed}, case ${number}: ${finding}\n  ${JSON.stringify(input)}\n`);
}

function runFile(file: string): number {
  const input = JSON.parse(readFileSync(file, 'utf8')) as FuzzCase;
  const findings = examine(input, 0);
  for (const [rule, finding] of findings) process.stdout.write(`${rule}\n  ${finding}\n`);
  return findings.size;
}

/** Runs the cases from 0 on; of each broken rule the first failure is shrunk and printed, the others are counted. */
function runMany(seed: number, cases: number, minutes: number): number {
  const start = performance.now();
  const cpu = process.cpuUsage();
  const broken = new Map<string, number>();
  let number = 0;
  for (; number < cases && performance.now() - start < minutes * 60_000; number++) {
    for (const failure of runCase(seed, number)) {
      const count = broken.get(failure.rule) ?? 0;
      broken.set(failure.rule, count + 1);
      if (count === 0) print(smallest(failure));
    }
  }
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const cpuSeconds = (user + system) / 1e6;
  process.stdout.write(
    `\nseed ${seed}: ${number} cases in ${seconds.toFixed(0)} s (${cpuSeconds.toFixed(0)} s of CPU), ${broken.size} rules broken\n`,
  );
  for (const [rule, count] of broken) process.stdout.write(`  ${String(count).padStart(7)}  ${rule}\n`);
  return broken.size;
}

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    cases: { type: 'string', default: '20000' },
    minutes: { type: 'string', default: '1440' },
    case: { type: 'string' },
    file: { type: 'string' },
  },
});
const seed = wholeNumber('seed', values.seed);
let failures: number;
if (values.file !== undefined) failures = runFile(values.file);
else if (values.case !== undefined) {
  const number = wholeNumber('case', values.case);
  process.stdout.write(`${JSON.stringify(caseOf(seed, number))}\n`);
  const found = runCase(seed, number);
  for (const failure of found) print(smallest(failure));
  failures = found.length;
} else failures = runMany(seed, wholeNumber('cases', values.cases), wholeNumber('minutes', values.minutes));
process.exitCode = failures === 0 ? 0 : 1;
