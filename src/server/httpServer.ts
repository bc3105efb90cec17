import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BindAddress } from './bindAddress.js';

export interface RunningServer {
  readonly host: string;
  readonly port: number;
  /** Ends every connection; settles when the port is free. */
  close(): Promise<void>;
}

/** Clients of these servers are probes and scrapers, which send a request at once. */
const REQUEST_TIMEOUT_MS = 10_000;
const BASE = 'http://localhost';

/** The URL of a request; undefined when it is not one, such as `//`, which port scanners send. */
export function requestUrl({ url = '/' }: IncomingMessage): URL | undefined {
  return URL.canParse(url, BASE) ? new URL(url, BASE) : undefined;
}

/** @throws when the address cannot be bound (in use, no such host) */
export function startServer(address: BindAddress, listener: RequestListener): Promise<RunningServer> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS }, listener);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: address.port, ...(address.host === undefined ? {} : { host: address.host }) }, () => {
      server.removeListener('error', reject);
      const bound = server.address() as AddressInfo;
      resolve({
        host: bound.address,
        port: bound.port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}
