import type { ZoneDemand } from '../model/demand.js';
import { compareText } from '../model/objectKey.js';
import { quoted } from '../model/text/quoted.js';
import { isZoneName } from '../model/zones/zoneName.js';
import { isServiceKey, MAX_SERVICES, MAX_SHARES, MAX_ZONES } from './bounds.js';
import { isSettled, zonesOf, type MeasuredFigures, type MeasuredService } from './figures.js';

/**
 * The text of the ConfigMap: a line each for version, time and zones, then one per Service. Shares are thousandths, in
 * the order of the zones; those of 0 at the end are left out. The last column is there while traffic is not settled.
 */
const FIRST_LINE = 'slicehints-measured 1';
const COLUMNS = '# service samples age rate in-zone demand-age demand latest recent';
const NOTHING = '-';
const PARTS = 1000;
const LONGEST_PROBLEM_LIST = 5;
/** Characters: more than any line has that is understood. */
const LONGEST_LINE = 16 * 1024;

export function writeMeasured({ atSeconds, services }: MeasuredFigures): string {
  const zones = [...new Set(services.flatMap(zonesOf))].sort(compareText);
  const shares = (demand: readonly ZoneDemand[]): string => {
    const shareOf = new Map(demand.map(({ zone, share }) => [zone, share]));
    const parts = zones.map((zone) => Math.round((shareOf.get(zone) ?? 0) * PARTS));
    while (parts.at(-1) === 0) parts.pop();
    return parts.length === 0 ? NOTHING : parts.join(',');
  };
  const lines = services.map((service) => {
    const { key, samples, ageSeconds, rate, inZoneShare, demand, demandAgeSeconds, latest, recent } = service;
    const inZone = inZoneShare === undefined ? NOTHING : Math.round(inZoneShare * PARTS);
    const parts = [shares(demand), shares(latest)];
    // Mostly the two are the same to a thousandth.
    const line = `${key} ${samples} ${ageSeconds} ${Number(rate.toPrecision(4))} ${inZone} ${demandAgeSeconds} ${parts[0]} ${parts[1] === parts[0] ? '=' : parts[1]}`;
    return recent === undefined || isSettled(service) ? line : `${line} ${shares(recent)}`;
  });
  return `${[FIRST_LINE, `at ${atSeconds}`, `zones ${zones.join(' ')}`.trimEnd(), COLUMNS, ...lines].join('\n')}\n`;
}

export interface ReadMeasured {
  readonly figures: MeasuredFigures;
  /** Sentences on what was not understood and is ignored; at most a few. */
  readonly problems: readonly string[];
}

/** Reads what `writeMeasured` wrote, or anything else: what is not understood is named and ignored. Never throws. */
export function readMeasured(text: string): ReadMeasured {
  const lines = linesOf(text);
  const [first, at, zoneLine] = [nextOf(lines), nextOf(lines), nextOf(lines)];
  const nothing = (problem: string): ReadMeasured => ({ figures: { atSeconds: 0, services: [] }, problems: [problem] });
  if (first !== FIRST_LINE) return nothing(`expected the first line to be "${FIRST_LINE}", got ${quoted(first)}`);
  const atSeconds = readNumber(/^at (\d{1,12})$/.exec(at)?.[1] ?? '');
  if (atSeconds === undefined) return nothing(`expected "at" with a Unix time in line 2, got ${quoted(at)}`);
  const [word, ...zones] = zoneLine.split(' ');
  if (word !== 'zones' || zones.length > MAX_ZONES || !zones.every(isZoneName) || new Set(zones).size < zones.length) {
    return nothing(`expected "zones" with up to ${MAX_ZONES} different names in line 3, got ${quoted(zoneLine)}`);
  }
  const services = new Map<string, MeasuredService>();
  const problems: string[] = [];
  let ignored = 0;
  let shares = 0;
  let number = 3;
  const ignore = (problem: string): void => {
    if (++ignored <= LONGEST_PROBLEM_LIST) problems.push(problem);
  };
  for (const line of lines) {
    number++;
    if (line === '' || line.startsWith('#')) continue;
    const service = readLine(line, zones);
    const place = `line ${number}`;
    if (service === undefined) ignore(`${place} is not understood: ${quoted(line)}`);
    else if (services.has(service.key)) ignore(`${place} names ${service.key} a second time`);
    else if (services.size >= MAX_SERVICES) ignore(`${place} is one Service more than ${MAX_SERVICES}`);
    else if ((shares += zonesOf(service).length) > MAX_SHARES)
      ignore(`${place} has shares beyond ${MAX_SHARES} in all`);
    else services.set(service.key, service);
  }
  if (ignored > problems.length) problems.push(`${ignored - problems.length} more lines are ignored`);
  const sorted = [...services.values()].sort((a, b) => compareText(a.key, b.key));
  return { figures: { atSeconds, services: sorted }, problems };
}

/** One after the other: what is hostile may have millions. */
function* linesOf(text: string): Generator<string, undefined> {
  for (let start = 0; start <= text.length;) {
    const found = text.indexOf('\n', start);
    const end = found === -1 ? text.length : found;
    yield text.slice(start, Math.min(end, start + LONGEST_LINE + 1));
    start = end + 1;
  }
}

function nextOf(lines: Generator<string, undefined>): string {
  return lines.next().value ?? '';
}

function readLine(line: string, zones: readonly string[]): MeasuredService | undefined {
  const fields = line.split(' ');
  if (fields.length !== 8 && fields.length !== 9) return undefined;
  const [key = '', samplesText = '', ageText = '', rateText = '', inZoneText = '', stepText = '', parts = ''] = fields;
  const samples = readNumber(samplesText);
  const ageSeconds = readNumber(ageText);
  const rate = readNumber(rateText);
  const demandAgeSeconds = readNumber(stepText);
  const inZone = inZoneText === NOTHING ? NOTHING : readNumber(inZoneText);
  const demand = readShares(parts, zones);
  const latest = fields[7] === '=' ? demand : readShares(fields[7] ?? '', zones);
  if (!isServiceKey(key) || samples === undefined || ageSeconds === undefined || rate === undefined) return undefined;
  const recent = fields[8] === undefined ? [] : readShares(fields[8], zones);
  if (demandAgeSeconds === undefined || demand === undefined || latest === undefined) return undefined;
  if (recent === undefined) return undefined;
  if (inZone === undefined || (inZone !== NOTHING && inZone > PARTS)) return undefined;
  const inZoneShare = inZone === NOTHING ? {} : { inZoneShare: inZone / PARTS };
  const last = recent.length === 0 ? {} : { recent };
  return { key, samples, ageSeconds, rate, ...inZoneShare, demand, demandAgeSeconds, latest, ...last };
}

/** Shares that add up to 1; undefined when the text has none. */
function readShares(text: string, zones: readonly string[]): ZoneDemand[] | undefined {
  if (text === NOTHING) return [];
  const parts = text.split(',').map(readNumber);
  if (parts.length > zones.length) return undefined;
  let total = 0;
  for (const part of parts) {
    if (part === undefined) return undefined;
    total += part;
  }
  if (!(total > 0)) return undefined;
  return parts
    .flatMap((part, z) => (part ? [{ zone: zones[z]!, share: part / total }] : []))
    .sort((a, b) => compareText(a.zone, b.zone));
}

/** A number of at least 0 and of moderate size. */
function readNumber(text: string): number | undefined {
  if (!/^\d{1,16}(\.\d{1,9})?(e[+-]?\d{1,2})?$/.test(text)) return undefined;
  const value = Number(text);
  return value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}

/** The key of the text in the ConfigMap. */
export const MEASURED_KEY = 'measured.txt';
