import type { IncomingMessage, ServerResponse } from 'node:http';
import { stripVTControlCharacters } from 'node:util';
import type { Settings } from '../../hints/settings.js';
import type { Clock } from '../../kube/clock.js';
import type { ReportData } from '../../report/reportData.js';
import type { ObjectStore } from '../../sandbox/storage/store.js';
import { requestUrl, startServer, type RunningServer } from '../../server/httpServer.js';
import { renderDocument } from '../report/document.js';
import type { PageAssets } from '../report/pageAssets.js';
import { reportData } from '../report/reportData.js';
import { DRAIN_RESOURCE, POLICY_RESOURCES, settingsAt, stateOf } from './report.js';

/** A burst of writes is one new picture. */
const GATHER_MS = 150;
/** Lines that a page gets that is opened later. */
const KEPT_LINES = 200;
const FOLLOWED = ['nodes', 'services', 'endpointslices', 'namespaces', ...POLICY_RESOURCES, DRAIN_RESOURCE] as const;

export interface LivePageOptions {
  readonly store: ObjectStore;
  readonly settings: Settings;
  readonly title: string;
  readonly page: PageAssets;
  readonly clock: Clock;
}

/** The report of the cluster of a sandbox, on loopback: it follows every change by server-sent events. */
export class LivePage {
  readonly #options: LivePageOptions;
  readonly #lines: string[] = [];
  readonly #readers = new Set<ServerResponse>();
  #server: RunningServer | undefined;
  #unfollow: readonly (() => void)[] = [];
  #cancel: (() => void) | undefined;

  constructor(options: LivePageOptions) {
    this.#options = options;
  }

  /** @param port 0: a free one @returns the address of the page @throws when the port is taken */
  async listen(port = 0): Promise<string> {
    this.#server = await startServer({ host: '127.0.0.1', port }, (request, response) =>
      this.#answer(request, response),
    );
    this.#unfollow = FOLLOWED.map((resource) => this.#options.store.subscribe(resource, () => this.#changed()));
    return `http://127.0.0.1:${this.#server.port}/`;
  }

  /** Shows what happens: hints, Events and traffic, in words. */
  line(text: string): void {
    const lines = stripVTControlCharacters(text).split('\n');
    for (const line of lines.filter((each) => each.trim() !== '')) {
      this.#lines.push(line);
      if (this.#lines.length > KEPT_LINES) this.#lines.shift();
      this.#send('line', line);
    }
  }

  async close(): Promise<void> {
    this.#cancel?.();
    for (const stop of this.#unfollow) stop();
    await this.#server?.close();
  }

  #changed(): void {
    this.#cancel ??= this.#options.clock.after(GATHER_MS, () => {
      this.#cancel = undefined;
      if (this.#readers.size > 0) this.#send('cluster', this.#data());
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    // Another site may have its name resolve to this address: only the address itself is answered.
    if (request.headers.host !== `127.0.0.1:${this.#server?.port}`) {
      response.writeHead(403).end('Only 127.0.0.1 is answered.\n');
      return;
    }
    const path = requestUrl(request)?.pathname;
    if (request.method !== 'GET' || (path !== '/' && path !== '/events')) {
      response.writeHead(404).end();
      return;
    }
    if (path === '/') {
      const document = renderDocument(this.#data(), this.#options.page);
      response
        .writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
        .end(document);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    this.#readers.add(response);
    response.once('close', () => this.#readers.delete(response));
    // What changed between the page and this request.
    response.write(eventText('cluster', this.#data()));
    for (const line of this.#lines) response.write(eventText('line', line));
  }

  #send(name: string, value: unknown): void {
    for (const reader of this.#readers) reader.write(eventText(name, value));
  }

  #data(): ReportData {
    const { store, title, clock } = this.#options;
    const { slices: endpointSlices, ...others } = stateOf(store);
    const objects = { ...others, endpointSlices };
    const nowMs = clock.wallMs();
    const settings = settingsAt(nowMs, this.#options.settings, store);
    return reportData({ objects, settings, changes: {}, title, anonymise: false, notes: [], nowMs, live: true });
  }
}

/** JSON has no line break, so that each event is one line of data. */
function eventText(name: string, value: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(value)}\n\n`;
}
