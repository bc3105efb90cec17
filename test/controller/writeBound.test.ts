import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createServer, request as forward, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Transport } from '../../src/kube/rest/transport.js';
import { NEWEST_VERSION } from '../../src/sandbox/discovery/kubernetesVersion.js';
import { hurriedClock } from '../support/hurriedClock.js';
import { LiveCluster, until } from '../support/liveController.js';

const CEILING = 8;
const SERVICES = 40;

const isWrite = ({ method, url }: IncomingMessage): boolean =>
  method === 'PATCH' && (url ?? '').includes('/endpointslices/');

/** In front of a server; counts the writes that have come in and are not answered. The first are let in together. */
class CountingProxy {
  inFlight = 0;
  readonly #together: number;
  #held: (() => void)[] | undefined = [];
  onArrival: (inFlight: number) => void = () => undefined;
  #server: Server | undefined;

  constructor(together: number) {
    this.#together = together;
  }

  async listen(target: string): Promise<string> {
    this.#server = createServer((incoming, outgoing) => {
      if (isWrite(incoming)) {
        this.inFlight++;
        this.onArrival(this.inFlight);
      }
      const { method, headers, url } = incoming;
      const inner = forward(new URL(url ?? '', target), { method, headers }, (answer) => {
        // Counted until the answer leaves; the client cannot have it before.
        if (isWrite(incoming)) this.inFlight--;
        outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
        outgoing.flushHeaders();
        answer.on('error', () => outgoing.destroy());
        answer.pipe(outgoing);
      });
      inner.on('error', () => outgoing.destroy());
      outgoing.on('close', () => inner.destroy());
      if (isWrite(incoming)) this.#holdFirst(() => incoming.pipe(inner));
      else incoming.pipe(inner);
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #holdFirst(letIn: () => void): void {
    this.#held?.push(letIn);
    if (this.#held === undefined) letIn();
    else if (this.#held.length === this.#together) {
      for (const go of this.#held) go();
      this.#held = undefined;
    }
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }
}

describe('writes in flight', () => {
  let cluster: LiveCluster;
  let proxy: CountingProxy;
  beforeEach(async () => {
    // By turns, so that no Service is unlucky ten times over and waits out its back-off.
    let turn = 0;
    cluster = new LiveCluster(hurriedClock, NEWEST_VERSION, [], () => (turn++ % 2 === 0 ? 0.25 : 0.75));
    proxy = new CountingProxy(CEILING);
    await cluster.start();
    cluster.url = await proxy.listen(cluster.url);
    for (let i = 0; i < SERVICES; i++) {
      cluster.putService(`web${i}`);
      cluster.putSlice(`web${i}`, ['a', 'a', 'b', 'b']);
    }
  });
  afterEach(async () => {
    await cluster.stop();
    await proxy.close();
  });

  test.each<[string, string | undefined, number]>([
    ['reach the ceiling at first', undefined, CEILING],
    ['are few while the server answers 429', 'too-many-requests:VERB,count=30,retryAfterSeconds=1', 1],
    [
      'are fewer while it answers 429 to every second',
      'too-many-requests:VERB,rate=0.5,retryAfterSeconds=1',
      CEILING / 2,
    ],
    ['are few while it answers 503', 'server-error:VERB,count=30,status=503', 1],
    ['are few while it takes more than a second', 'latency:ms=1500,VERB', 1],
  ])(
    '%s, and never more than the bound',
    async (_, fault, most) => {
      if (fault !== undefined) cluster.server.faults.add(fault.replace('VERB', 'verb=patch,resource=endpointslices'));
      const limits: number[] = [];
      let limitAtLastSend = 0;
      const excesses: string[] = [];
      let peak = 0;
      proxy.onArrival = (inFlight) => {
        peak = Math.max(peak, inFlight);
        // The last request to leave found room; those that leave no more can only become fewer.
        if (inFlight > limitAtLastSend) excesses.push(`${inFlight} in flight, ${limitAtLastSend} allowed`);
      };
      const noted = (inner: Transport): Transport => ({
        send: (request) => {
          if (request.method === 'PATCH') {
            limitAtLastSend = live.controller.writeLimit;
            limits.push(limitAtLastSend);
          }
          return inner.send(request);
        },
        watch: (request) => inner.watch(request),
        close: () => inner.close(),
      });
      const live = cluster.run({ concurrency: CEILING, wrap: noted });
      await until(() => {
        for (let i = 0; i < SERVICES; i++) expect(cluster.hints(`web${i}`)).not.toContain('-');
      }, 60_000);
      expect(excesses).toEqual([]);
      expect(peak).toBe(CEILING);
      expect(Math.min(...limits)).toBeLessThanOrEqual(most);
    },
    90_000,
  );
});
