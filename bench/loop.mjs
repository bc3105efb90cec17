// Whether hints settle that follow what is measured: npm run bench:loop [-- --seed 1 --days 3 --applications 5] [--check]
// A closed loop in virtual time: scrapes and answers that are late, noisy or lost, HorizontalPodAutoscalers, autoscaled nodes,
// traffic that follows the sun, retries of what overloaded pods turn away. --check: exit code 1 when a target is missed, or the
// tables of the docs are not these.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DEFAULT_SETTINGS } from '../dist/hints/settings.js';
import { random } from './corpus.mjs';
import { DEMANDS } from './loop/controller.mjs';
import { TICK_SECONDS } from './loop/prometheus.mjs';
import { drawShares, runTrial } from './loop/trial.mjs';
import { runWorld } from './loop/world.mjs';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    days: { type: 'string', default: '3' },
    applications: { type: 'string', default: '5' },
    check: { type: 'boolean', default: false },
  },
});
const [seed, days, applications] = [values.seed, values.days, values.applications].map(Number);
const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;
const LIMIT = 1 + DEFAULT_SETTINGS.overloadThreshold + DEFAULT_SETTINGS.overloadHold + 1e-9;
const WORLD_NOISE = 0.1;
const STEPS = 150;
const NOISES = [0.05, 0.1, 0.2, 0.3, 0.5];
const NOISE_SERVICES = 15;

const percent = (part) => `${(part * 100).toFixed(1)} %`;
const times = (load) => `${load.toFixed(2)}x`;
const mean = (list) => list.reduce((sum, one) => sum + one, 0) / list.length;
const p95 = (list) => [...list].sort((a, b) => a - b)[Math.ceil(list.length * 0.95) - 1];
const most = (list) => list.reduce((a, b) => Math.max(a, b), 0);

const missed = [];
const target = (isMet, sentence) => isMet || missed.push(sentence);
const rows = [];
function print(title, head, table) {
  console.log(`\n${title}\n`);
  for (const cells of [head, head.map(() => '---'), ...table]) console.log(`| ${cells.join(' | ')} |`);
  rows.push(...table);
}

/** Three days of all applications, for each demand. */
function worldTable() {
  const felts = DEMANDS.map((demand) => {
    const sum = { demand, ticks: 0, over: 0, writes: 0, samePods: 0, total: 0, inZone: 0, failed: 0, busiest: [] };
    runWorld(demand, { seed, applications, days, noise: WORLD_NOISE }, ({ seconds, felt, written, samePods }) => {
      if (seconds < HOUR_SECONDS || felt === undefined) return;
      sum.ticks++;
      for (const figure of ['total', 'inZone', 'failed']) sum[figure] += felt[figure];
      sum.busiest.push(felt.busiest);
      sum.over += Number(felt.busiest > LIMIT);
      sum.writes += Number(written);
      sum.samePods += Number(written && samePods);
    });
    const serviceDays = (sum.ticks * TICK_SECONDS) / DAY_SECONDS;
    return {
      ...sum,
      writes: sum.writes / serviceDays,
      samePods: sum.samePods / serviceDays,
      over: sum.over / sum.ticks,
    };
  });
  print(
    `${days} days of ${3 * applications} Services, after the first hour (seed ${seed}); answers are wrong by up to ${percent(WORLD_NOISE)}`,
    [
      'demand',
      'writes per Service and day',
      'with the same pods',
      'in zone',
      'p95 of the busiest',
      'busiest endpoint',
      'time over the limit',
      'turned away',
    ],
    felts.map(({ demand, writes, samePods, total, inZone, busiest, over, failed }) => [
      demand,
      writes.toFixed(1),
      samePods.toFixed(1),
      percent(inZone / total),
      times(p95(busiest)),
      times(most(busiest)),
      percent(over),
      percent(failed / total),
    ]),
  );
  const measured = felts.find(({ demand }) => demand === 'measured');
  for (const { demand, over } of felts.filter(({ demand }) => demand === 'cpu' || demand === 'clients')) {
    target(measured.over < over / 2, `measured demand is over the limit more than half as long as demand by ${demand}`);
  }
  target(measured.samePods <= 24, 'measured demand writes more than once an hour without a change of pods');
}

const STEP_AT = 2 * HOUR_SECONDS;
const FOLLOWED_SECONDS = 4 * HOUR_SECONDS;

/** What one step of demand does. @param follows whether hints follow it, or stay as they are */
function step({ replicas, before, after, seed: own }, follows) {
  const felt = { busiest: 0, end: 0, over: 0, writes: 0, late: 0 };
  const trial = {
    seed: own,
    replicas,
    sharesAt: (seconds) => (seconds < STEP_AT ? before : after),
    noise: 0,
    seconds: STEP_AT + FOLLOWED_SECONDS,
    ...(follows ? {} : { until: STEP_AT }),
  };
  runTrial(trial, ({ seconds, felt: { busiest }, written }) => {
    if (seconds < STEP_AT) return;
    felt.busiest = Math.max(felt.busiest, busiest);
    felt.end = busiest;
    if (busiest > LIMIT) felt.over += TICK_SECONDS;
    felt.writes += Number(written);
    felt.late += Number(written && seconds >= STEP_AT + FOLLOWED_SECONDS - HOUR_SECONDS);
  });
  return felt;
}

/** Steps of demand: the busiest endpoint beside what it would be if hints stayed as they are. */
function stepTable() {
  const next = random(seed ^ 0x3c6ef372);
  const samples = Array.from({ length: STEPS }, (_, number) => ({
    seed: seed + number,
    replicas: 3 + Math.floor(28 * next() ** 2),
    before: drawShares(next),
    after: drawShares(next),
  }));
  const stands = samples.map((sample) => step(sample, false));
  const follows = samples.map((sample) => step(sample, true));
  const worse = follows.filter(({ busiest }, i) => busiest > Math.max(LIMIT, stands[i].busiest) + 0.01).length;
  print(
    `${STEPS} steps of demand, felt for four hours`,
    [
      'hints',
      'writes, mean',
      'writes, most',
      'busiest endpoint, p95',
      'at the end, p95',
      'at the end, most',
      'minutes over the limit, mean',
      'steps with a higher peak than without following',
    ],
    [
      ['stay', stands, '-'],
      ['follow', follows, `${worse} (${percent(worse / STEPS)})`],
    ].map(([name, list, higher]) => [
      name,
      mean(list.map(({ writes }) => writes)).toFixed(1),
      most(list.map(({ writes }) => writes)),
      times(p95(list.map(({ busiest }) => busiest))),
      times(p95(list.map(({ end }) => end))),
      times(most(list.map(({ end }) => end))),
      (mean(list.map(({ over }) => over)) / 60).toFixed(0),
      higher,
    ]),
  );
  target(
    follows.every(({ late }) => late === 0),
    'hints still change in the fourth hour after a step of demand',
  );
  target(worse === 0, 'a step of demand loads an endpoint more than if hints stayed as they are');
  target(
    p95(follows.map(({ end }) => end)) <= LIMIT * 1.1,
    'steps of demand do not settle within the limit and the dead band',
  );
}

/** Constant traffic that is measured with noise: hints should stay. */
function noiseTable() {
  const table = NOISES.map((noise) => {
    const next = random(seed ^ 0x1b873593);
    let writes = 0;
    for (let number = 0; number < NOISE_SERVICES; number++) {
      const shares = drawShares(next);
      const replicas = 3 + Math.floor(28 * next() ** 2);
      const trial = {
        seed: seed + number,
        replicas,
        sharesAt: () => shares,
        noise,
        seconds: DAY_SECONDS + HOUR_SECONDS,
      };
      runTrial(trial, ({ seconds, written }) => (writes += Number(written && seconds >= HOUR_SECONDS)));
    }
    if (noise <= 0.2) target(writes === 0, `noise of ${percent(noise)} causes writes`);
    if (noise <= 0.3) target(writes < NOISE_SERVICES, `noise of ${percent(noise)} causes more than a write a day`);
    return [`each answer wrong by up to ${percent(noise)}`, (writes / NOISE_SERVICES).toFixed(1)];
  });
  print(
    `Constant traffic of ${NOISE_SERVICES} Services, after the first hour`,
    ['noise', 'writes per Service and day'],
    table,
  );
}

worldTable();
stepTable();
noiseTable();

if (values.check) {
  const cellsOf = (line) =>
    line
      .split('|')
      .map((cell) => cell.trim())
      .join('|');
  const page = 'docs/reference/benchmarks.md';
  const written = new Set(
    readFileSync(new URL(`../${page}`, import.meta.url), 'utf8')
      .split('\n')
      .map(cellsOf),
  );
  for (const cells of rows) {
    const row = `|${cells.join('|')}|`;
    target(written.has(row), `${page} does not have the row ${row}`);
  }
  for (const sentence of missed) console.error(sentence);
  if (missed.length > 0) process.exitCode = 1;
}
