import { readFile } from 'node:fs/promises';
import type { MeasuredTraffic } from '../../analysis/measuredTraffic.js';
import { isRecord } from '../../kube/json.js';
import { quoted, UsageError } from '../flags/usageError.js';
import { SERVICE_KEY } from '../flags/kinds.js';
import { describeFileError } from './fileError.js';

/**
 * Reads what Services were measured to receive.
 * @throws {UsageError} one sentence that names the file, the line or entry, and the field
 */
export async function readTrafficFile(path: string): Promise<MeasuredTraffic> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--traffic: ${path}: ${describeFileError(error)}`, error);
  }
  return parseTraffic(text, `--traffic: ${path}`);
}

const UNITS = ['bytes', 'requests'] as const;
type Unit = MeasuredTraffic['unit'];

/** One line of CSV or entry of JSON, and how a message names it. */
interface Row {
  readonly place: string;
  readonly fields: ReadonlyMap<string, unknown>;
}

/**
 * CSV with a header of `namespace`, `service` and `bytes` or `requests`, or a JSON list of objects with these fields;
 * numbers are per second.
 * @param origin what every message begins with
 * @throws {UsageError}
 */
export function parseTraffic(text: string, origin: string): MeasuredTraffic {
  const content = text.replace(/^\uFEFF/, '');
  const fail = (problem: string): never => {
    throw new UsageError(`${origin}: ${problem}`);
  };
  const rows = /^\s*[[{]/.test(content) ? jsonRows(content, fail) : csvRows(content, fail);
  const perSecond = new Map<string, number>();
  const places = new Map<string, string>();
  let unit: Unit | undefined;
  for (const { place, fields } of rows) {
    const field = (name: string, expected: string): never => {
      const value = fields.get(name);
      const got =
        value === undefined
          ? 'nothing'
          : typeof value === 'string'
            ? quoted(value)
            : String(JSON.stringify(value)).slice(0, 80);
      return fail(`${place}: ${name}: expected ${expected}, got ${got}`);
    };
    for (const name of fields.keys()) {
      if (!['namespace', 'service', ...UNITS].includes(name)) {
        fail(
          `${place}: unknown field ${quoted(name)}; fields are namespace, service, and bytes or requests per second`,
        );
      }
    }
    const namespace = fields.get('namespace');
    const service = fields.get('service');
    if (typeof namespace !== 'string' || SERVICE_KEY.read(`${namespace}/x`) === undefined) {
      return field('namespace', 'the name of a namespace');
    }
    if (typeof service !== 'string' || SERVICE_KEY.read(`x/${service}`) === undefined) {
      return field('service', 'the name of a Service');
    }
    const given = UNITS.filter((name) => fields.has(name));
    const [own] = given;
    if (own === undefined || given.length > 1) return fail(`${place}: expected one of the fields bytes and requests`);
    if (unit !== undefined && unit !== own) return fail(`${place}: ${own}: expected ${unit}, as in the entries before`);
    unit = own;
    const value = numberOf(fields.get(own));
    if (value === undefined) return field(own, 'a number of at least 0');
    const key = `${namespace}/${service}`;
    const before = places.get(key);
    if (before !== undefined) return fail(`${place}: service: ${key} is given twice, first in ${before}`);
    places.set(key, place);
    perSecond.set(key, value);
  }
  if (unit === undefined) return fail('there is no entry');
  return { unit, perSecond };
}

function numberOf(value: unknown): number | undefined {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && NUMBER.test(value) ? Number(value) : NaN;
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}

const NUMBER = /^\d+(\.\d*)?(e[+-]?\d+)?$/i;

function* csvRows(text: string, fail: (problem: string) => never): Iterable<Row> {
  let header: readonly string[] | undefined;
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const place = `line ${i + 1}`;
    const cells = line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
    if (header === undefined) {
      header = cells;
      if (!['namespace', 'service'].every((name) => cells.includes(name)) || new Set(cells).size < cells.length) {
        fail(
          `${place}: expected the header namespace,service,bytes or namespace,service,requests, got ${quoted(line)}`,
        );
      }
    } else {
      if (cells.length !== header.length) fail(`${place}: expected ${header.length} fields, got ${cells.length}`);
      yield { place, fields: new Map(header.map((name, column) => [name, cells[column]])) };
    }
  }
}

function* jsonRows(text: string, fail: (problem: string) => never): Iterable<Row> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fail(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!Array.isArray(value)) return fail('expected a list of objects with namespace, service, and bytes or requests');
  for (const [i, entry] of (value as unknown[]).entries()) {
    const place = `entry ${i + 1}`;
    if (!isRecord(entry)) return fail(`${place}: expected an object`);
    yield { place, fields: new Map(Object.entries(entry)) };
  }
}
