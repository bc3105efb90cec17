import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse as parseYaml } from 'yaml';
import { isJsonObject } from '../schema/kubeObject.js';
import type { JsonObject } from '../schema/kubeObject.js';
import { parseProtobuf, protobufType } from './protobuf.js';
import { StatusError, badRequest, unsupportedMediaType } from '../schema/status.js';

/** Reading of bodies and writing of answers. */

const mostBodyBytes = 3 * 1024 * 1024;

/** @throws {StatusError} 413 for a body beyond the server's limit */
export async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > mostBodyBytes) {
      throw new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${mostBodyBytes}`);
    }
    chunks.push(bytes);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

/** @throws {StatusError} 413 for a body beyond the server's limit */
export async function readBody(request: IncomingMessage): Promise<string> {
  return (await readBytes(request)).toString('utf8');
}

/** @throws {StatusError} 400, 413 or 415 for a body that holds no object of the API */
export async function readObject(request: IncomingMessage): Promise<JsonObject> {
  const bytes = await readBytes(request);
  const mediaType = mediaTypeOf(request);
  return mediaType === protobufType ? parseProtobuf(bytes) : parseObject(bytes.toString('utf8'), mediaType);
}

/** The media type of a body, without parameters; '' when the client names none. */
export function mediaTypeOf(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

const objectTypes = new Set(['', 'application/json', 'application/yaml', 'application/vnd.kubernetes.yaml']);

/** The object in the body of a POST or PUT. */
export function parseObject(text: string, mediaType: string): JsonObject {
  if (!objectTypes.has(mediaType)) {
    throw unsupportedMediaType(
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
    );
  }
  const value = parseValue(text, mediaType.endsWith('yaml'));
  if (!isJsonObject(value)) {
    throw badRequest(
      "couldn't get version/kind; json parse error: json: cannot unmarshal the body into Go value of type struct { APIVersion string; Kind string }",
    );
  }
  return value;
}

/** Any JSON (or YAML) value; an applied configuration is YAML, which takes in JSON. */
export function parseValue(text: string, yaml: boolean): unknown {
  try {
    const value: unknown = yaml ? parseYaml(text) : JSON.parse(text);
    return value;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw badRequest(`couldn't get version/kind; json parse error: ${why}`);
  }
}

/** What the fault board may do to an answer on its way out. */
export interface AnswerOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Breaks the connection after half of the body. */
  readonly breakOff?: boolean;
}

export function answer(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  type = 'application/json',
  options: AnswerOptions = {},
): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  response.writeHead(status, { 'content-type': type, 'content-length': bytes.length, ...options.headers });
  if (options.breakOff === true) {
    response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
    return;
  }
  response.end(bytes);
}

/** Answers 200 with a body in pieces; several of them go out chunked, as the real server streams long lists. */
export function answerPieces(response: ServerResponse, pieces: readonly string[], options: AnswerOptions): void {
  if (pieces.length < 2 || options.breakOff === true) {
    answer(response, 200, pieces.join(''), undefined, options);
    return;
  }
  if (response.headersSent || response.destroyed) return;
  response.writeHead(200, { 'content-type': 'application/json', ...options.headers });
  for (const piece of pieces) response.write(piece);
  response.end();
}

export function answerError(response: ServerResponse, error: StatusError, options: AnswerOptions = {}): void {
  const retryAfter = error.details?.retryAfterSeconds;
  const headers = { ...options.headers, ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }) };
  answer(response, error.code, JSON.stringify(error.body()), 'application/json', { ...options, headers });
}
