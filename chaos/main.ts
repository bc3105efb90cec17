import { parseArgs } from 'node:util';
import { runChaos, type ChaosReport } from './run.js';

const FLAGS = {
  seed: { type: 'string', default: '1' },
  seconds: { type: 'string', default: '300' },
  'events-per-second': { type: 'string', default: '50' },
  'fault-every-ms': { type: 'string', default: '800' },
  'kill-every-ms': { type: 'string', default: '12000' },
  services: { type: 'string', default: '300' },
  endpoints: { type: 'string', default: '3000' },
  nodes: { type: 'string', default: '60' },
  shards: { type: 'string', default: '1' },
  /** As the controller has it by default; with less, faults of a few seconds cost more replicas their lease. */
  'lease-seconds': { type: 'string', default: '15' },
  replicas: { type: 'string', default: '2' },
  impatient: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

const { values } = parseArgs({ options: FLAGS });
const number = (flag: Exclude<keyof typeof FLAGS, 'json' | 'impatient'>): number => {
  const value = Number(values[flag]);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new Error(`--${flag}: expected a number of at least 0, got "${values[flag]}"`);
};
const report = await runChaos({
  seed: number('seed'),
  seconds: number('seconds'),
  eventsPerSecond: number('events-per-second'),
  faultEveryMs: number('fault-every-ms'),
  killEveryMs: number('kill-every-ms'),
  size: { services: number('services'), endpoints: number('endpoints'), nodes: number('nodes') },
  election: { shards: number('shards'), leaseDurationMs: number('lease-seconds') * 1000 },
  replicas: number('replicas'),
  patient: !values.impatient,
  say: (text) => process.stderr.write(`${text}\n`),
});
process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : render(report));
process.exitCode = report.differences.length === 0 ? 0 : 1;

function render(chaos: ChaosReport): string {
  const { faults, differences } = chaos;
  return [
    `seed ${chaos.seed}, ${chaos.seconds} s of chaos`,
    `events                ${chaos.events}`,
    `faults that struck    ${chaos.faultCount}`,
    ...Object.entries(faults)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => `  ${name.padEnd(20)}${count}`),
    `controllers started   ${chaos.controllers} (killed ${chaos.killed}, terminated ${chaos.terminated}, lost their lease ${chaos.leadershipsLost})`,
    `relists               ${chaos.relists}`,
    `slices written        ${chaos.writes}`,
    `conflicts             ${chaos.conflicts}`,
    `seconds to converge   ${chaos.secondsToConverge.toFixed(1)} (a fresh controller ${chaos.secondsToConvergeFresh.toFixed(1)})`,
    `without a holder      ${chaos.secondsFree.toFixed(1)} s at most, of ${chaos.shards} ${chaos.shards === 1 ? 'shard' : 'shards'}`,
    `left alone, contended ${chaos.contended}`,
    `memory                ${chaos.memoryMb.toFixed(1)} MB, ${chaos.memoryRatio.toFixed(2)} times that of a fresh controller`,
    `differences           ${differences.length}`,
    ...differences.slice(0, 50).map((text) => `  ${text}`),
    '',
  ].join('\n');
}
