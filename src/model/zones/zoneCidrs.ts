import { quoted } from '../text/quoted.js';
import { isZoneName } from './zoneName.js';

/** Addresses of a network that lie in one zone. */
export interface ZoneCidr {
  /** As in 10.1.0.0/16 or fd00::/8. */
  readonly cidr: string;
  readonly zone: string;
}

/** An address or network as bits, the first ones of which count. */
interface Network {
  /** 4 or 16 bytes. */
  readonly bytes: readonly number[];
  readonly length: number;
}

/** What is wrong with a network, in a few words; undefined: nothing. */
export function cidrProblem(cidr: string): string | undefined {
  return parseCidr(cidr) === undefined ? `${quoted(cidr)} is no network such as 10.1.0.0/16 or fd00::/8` : undefined;
}

/** What is wrong with a network and its zone, in one sentence without a full stop; undefined: nothing. */
function zoneCidrProblem({ cidr, zone }: ZoneCidr): string | undefined {
  const problem = cidrProblem(cidr);
  if (problem !== undefined || isZoneName(zone)) return problem;
  return `expected the name of a zone for ${cidr}, got ${quoted(zone)}`;
}

/**
 * Reads a list of networks, each with its zone.
 * @returns what is wrong, in one sentence without a full stop
 */
export function readZoneCidrs(value: unknown): { readonly cidrs: readonly ZoneCidr[] } | { readonly problem: string } {
  if (!Array.isArray(value)) return { problem: 'expected a list of networks, each with a cidr and a zone' };
  const known = new Map<string, ZoneCidr>();
  for (const [i, entry] of (value as unknown[]).entries()) {
    const { cidr, zone } = (entry ?? {}) as Record<keyof ZoneCidr, unknown>;
    if (typeof cidr !== 'string' || typeof zone !== 'string') {
      return { problem: `expected a cidr and a zone, both text, in entry ${i + 1}` };
    }
    const problem = zoneCidrProblem({ cidr, zone });
    if (problem !== undefined) return { problem };
    const network = networkKey(cidr);
    const before = known.get(network);
    if (before !== undefined) {
      return {
        problem: `the network ${cidr} is listed twice${before.cidr === cidr ? '' : `, first as ${before.cidr}`}`,
      };
    }
    known.set(network, { cidr, zone });
  }
  return { cidrs: [...known.values()] };
}

/** Finds the zones of addresses: the longest prefix decides, and among equals the first in the list. */
export class ZoneByAddress {
  readonly #networks: readonly (Network & { readonly zone: string })[];

  constructor(cidrs: readonly ZoneCidr[]) {
    this.#networks = cidrs
      .flatMap(({ cidr, zone }) => {
        const network = parseCidr(cidr);
        return network === undefined ? [] : [{ ...network, zone }];
      })
      .sort((a, b) => b.length - a.length);
  }

  /** Empty where no network has the address. */
  zoneOf(address: string): string {
    const bytes = parseAddress(address);
    if (bytes === undefined) return '';
    return this.#networks.find((network) => contains(network, bytes))?.zone ?? '';
  }
}

function contains({ bytes: prefix, length }: Network, bytes: readonly number[]): boolean {
  if (prefix.length !== bytes.length) return false;
  for (let i = 0; i < length; i += 8) {
    const mask = prefixMask(length - i);
    if ((prefix[i / 8]! & mask) !== (bytes[i / 8]! & mask)) return false;
  }
  return true;
}

/** The same for every way to write a network: bits behind its prefix do not count. */
function networkKey(cidr: string): string {
  const { bytes, length } = parseCidr(cidr)!;
  return `${bytes.map((byte, i) => byte & prefixMask(length - 8 * i)).join('.')}/${length}`;
}

/** The bits of a byte that count where so many of the prefix are left. */
function prefixMask(left: number): number {
  return left >= 8 ? 0xff : left <= 0 ? 0 : (0xff << (8 - left)) & 0xff;
}

function parseCidr(text: string): Network | undefined {
  const [, address = '', digits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const bytes = parseAddress(address);
  const length = Number(digits);
  return bytes === undefined || length > bytes.length * 8 ? undefined : { bytes, length };
}

/** The bytes of an IPv4 or IPv6 address; undefined for any other text. */
function parseAddress(text: string): readonly number[] | undefined {
  return text.includes(':') ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): readonly number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) {
    return undefined;
  }
  return parts.map(Number);
}

function parseV6(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, i) => (half === '' ? [] : groupsOf(half, i === halves.length - 1)));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  if (tail === undefined) return head.length === 16 ? head : undefined;
  const missing = 16 - head.length - tail.length;
  return missing < 2 ? undefined : [...head, ...new Array<number>(missing).fill(0), ...tail];
}

/** The last group may be an IPv4 address where the whole address ends with it. */
function groupsOf(text: string, atEnd: boolean): number[] | undefined {
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [i, group] of groups.entries()) {
    const v4 = atEnd && i === groups.length - 1 && group.includes('.') ? parseV4(group) : undefined;
    if (v4 !== undefined) bytes.push(...v4);
    else if (/^[0-9a-f]{1,4}$/i.test(group)) bytes.push(parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff);
    else return undefined;
  }
  return bytes;
}
