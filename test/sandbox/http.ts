import { PassThrough, Readable } from 'node:stream';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request with a body in some pieces, without a connection. */
export function requestOf(
  chunks: readonly (string | Buffer)[],
  type?: string,
  more: { readonly method?: string; readonly accept?: string } = {},
): IncomingMessage {
  const { method = 'GET', accept } = more;
  const headers = {
    ...(type === undefined ? {} : { 'content-type': type }),
    ...(accept === undefined ? {} : { accept }),
  };
  return Object.assign(Readable.from(chunks), { headers, method }) as unknown as IncomingMessage;
}

/** A response that keeps what is written to it. */
export class Sent extends PassThrough {
  status = 0;
  sentHeaders: object = {};
  headersSent = false;

  writeHead(status: number, headers: object): this {
    this.status = status;
    this.sentHeaders = headers;
    this.headersSent = true;
    return this;
  }

  flushHeaders(): void {
    this.headersSent = true;
  }

  get text(): string {
    const parts: Buffer[] = [];
    // One read gives all of it only up to Node 24.
    for (let part = this.read() as Buffer | null; part !== null; part = this.read() as Buffer | null) parts.push(part);
    return Buffer.concat(parts).toString('utf8');
  }

  get response(): ServerResponse {
    return this as unknown as ServerResponse;
  }
}
