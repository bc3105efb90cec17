import type { RequestListener } from 'node:http';
import type { BindAddress } from './bindAddress.js';
import { startServer, type RunningServer } from './httpServer.js';

/** The servers for probes and for scrapes; undefined: there is none. */
export interface Listening {
  readonly health: RunningServer | undefined;
  readonly metrics: RunningServer | undefined;
}

/** The servers of a process, each where there is an address for it; they end together. */
export class ProcessServers {
  readonly #running: RunningServer[] = [];

  /**
   * @param address undefined: no server
   * @throws when the address cannot be bound; the servers before it go on until `close`
   */
  async start(address: BindAddress | undefined, listener: RequestListener): Promise<RunningServer | undefined> {
    if (address === undefined) return undefined;
    const server = await startServer(address, listener);
    this.#running.push(server);
    return server;
  }

  /** Ends every connection; settles when the ports are free. */
  async close(): Promise<void> {
    await Promise.all(this.#running.splice(0).map((server) => server.close()));
  }
}
