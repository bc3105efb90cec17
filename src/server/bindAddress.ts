/** Where a server listens; `undefined` host: every address of the machine. */
export interface BindAddress {
  readonly host: string | undefined;
  readonly port: number;
}

/**
 * Reads a bind address as users of controller-runtime write it: `:8080`, `127.0.0.1:8080`, `[::1]:8080`.
 * @returns undefined for `0`, which switches the server off
 * @throws {RangeError} with one sentence for anything else
 */
export function parseBindAddress(text: string): BindAddress | undefined {
  if (text === '0') return undefined;
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) {
    throw new RangeError(`expected host:port, :port or 0, got "${text}"`);
  }
  const host = match[1] ?? match[2];
  return { host: host === '' ? undefined : host, port };
}
