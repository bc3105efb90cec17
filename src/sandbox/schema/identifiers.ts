import { StatusError } from './status.js';

/** Uids, suffixes and cluster IPs. Randomness is handed in, so that a seeded run makes the same names again. */

const suffixLetters = 'bcdfghjklmnpqrstvwxz2456789';

export function randomSuffix(random: () => number): string {
  return Array.from({ length: 5 }, () => suffixLetters[Math.floor(random() * suffixLetters.length)]).join('');
}

export function randomUid(random: () => number): string {
  const hex = (count: number): string =>
    Array.from({ length: count }, () => Math.floor(random() * 16).toString(16)).join('');
  const variant = '89ab'[Math.floor(random() * 4)] ?? '8';
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(12)}`;
}

const NODE_PORTS = 2768;

/** Hands out addresses of 10.96.0.0/12 and fd00:10:96::/112 and node ports from 30000, each to one Service at a time. */
export class ServiceAllocator {
  readonly #taken = new Set<string>();
  #next = 10;
  #nextPort = 30000;

  address(family: string): string {
    for (;;) {
      const number = this.#next++ & 0xfffff;
      const address =
        family === 'IPv6'
          ? `fd00:10:96::${(number & 0xffff).toString(16)}`
          : `10.${96 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
      if (number % 256 !== 0 && this.claim(address)) return address;
    }
  }

  /** @throws {StatusError} as kube-apiserver answers when every port is in use */
  nodePort(): number {
    for (let tried = 0; tried < NODE_PORTS; tried++) {
      const port = 30000 + ((this.#nextPort++ - 30000) % NODE_PORTS);
      if (this.claim(String(port))) return port;
    }
    const message = 'Internal error occurred: failed to allocate a nodePort: range is full';
    throw new StatusError(500, 'InternalError', message);
  }

  /** False when it is in use. */
  claim(address: string): boolean {
    if (this.#taken.has(address)) return false;
    this.#taken.add(address);
    return true;
  }

  release(address: string): void {
    this.#taken.delete(address);
  }
}
