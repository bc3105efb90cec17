import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Composer, Lexer, LineCounter, Parser, type Document } from 'yaml';
import { isRecord } from '../../kube/json.js';
import { UsageError } from '../flags/usageError.js';
import { describeFileError } from './fileError.js';
import { parseJsonValues } from './jsonValues.js';

/** One YAML document, or one JSON value of those that stand one after another, as it was read. */
export interface ManifestDocument {
  /** `cluster.yaml: document 3`. */
  readonly origin: string;
  readonly value: unknown;
}

/** Called for every file once it is read, and then while it is parsed, which is what takes long. */
export type OnRead = (file: string, byteCount: number, parsedShare: number) => void;

const EXTENSIONS = ['.yaml', '.yml', '.json'];
const STDIN = 'stdin';

/**
 * Reads a file, standard input (`-`) or the manifests directly in a directory, sorted by name. Documents without
 * content are left out, but counted.
 * @throws {UsageError} for what cannot be read or parsed, and for a file without any content
 */
export async function readDocuments(
  path: string,
  stdin: NodeJS.ReadableStream,
  onRead: OnRead = () => undefined,
): Promise<ManifestDocument[]> {
  const parse = (file: string, bytes: Uint8Array): ManifestDocument[] => {
    onRead(file, bytes.length, 0);
    return parseDocuments(file, bytes, (share) => onRead(file, bytes.length, share));
  };
  if (path === '-') return parse(STDIN, await readStream(stdin));
  if (!(await isDirectory(path))) return parse(path, await readBytes(path));
  const files = (await readdir(path)).filter((file) => EXTENSIONS.some((extension) => file.endsWith(extension))).sort();
  if (files.length === 0) throw new UsageError(`${path}: the directory has no ${EXTENSIONS.join(', ')} files`);
  const documents: ManifestDocument[] = [];
  for (const file of files) documents.push(...parse(join(path, file), await readBytes(join(path, file))));
  return documents;
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function readStream(stream: NodeJS.ReadableStream): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  return Buffer.concat(chunks);
}

function unreadable(path: string, error: unknown): UsageError {
  return new UsageError(`${path}: cannot be read: ${describeFileError(error)}`, error);
}

/** `kubectl … > file` in PowerShell writes UTF-16 with a byte order mark; everything else is UTF-8. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8').decode(bytes);
}

/**
 * Reads the content of a file.
 * @throws {UsageError} for what cannot be parsed, and when there is nothing in it
 */
export function parseDocuments(
  file: string,
  bytes: Uint8Array,
  onShare: OnShare = () => undefined,
): ManifestDocument[] {
  const text = decode(bytes);
  const values = parseJson(text) ?? parseKubectlList(text, onShare) ?? parseYaml(file, text, onShare);
  const documents = values.flatMap((value, i) =>
    value === null || value === undefined ? [] : [{ origin: `${file}: document ${i + 1}`, value }],
  );
  if (documents.length === 0) throw new UsageError(`${file}: there is nothing in it`);
  return documents;
}

/** JSON is YAML too, but its own parser is a hundred times faster; text that it refuses gets the errors of YAML. */
function parseJson(text: string): unknown[] | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return [value];
  } catch {
    return parseJsonValues(text);
  }
}

type OnShare = (parsedShare: number) => void;

/** Merge keys (<<) are read because kubectl reads them. Warnings of the parser would go past our own output. */
const YAML_OPTIONS = { prettyErrors: false, merge: true, logLevel: 'error' } as const;

/**
 * No manifest is nested as deeply. The composer calls itself for each level, and a stack that ends inside of a regular
 * expression ends the process.
 */
const DEEPEST = 200;

class TooDeepError extends Error {
  readonly offset: number;

  constructor(offset: number) {
    super(`nested more than ${DEEPEST} levels deep`);
    this.offset = offset;
  }
}

/**
 * The documents of a text, each as soon as it is parsed.
 * @throws {TooDeepError}
 */
function* composed(
  text: string,
  { lines, onOffset }: { readonly lines?: LineCounter; readonly onOffset?: (offset: number) => void } = {},
): Generator<Document.Parsed> {
  const parser = new Parser(lines?.addNewLine);
  const composer = new Composer(YAML_OPTIONS);
  lines?.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      yield* composer.next(token);
      if ('offset' in token) onOffset?.(token.offset);
    }
    if (parser.stack.length > DEEPEST) throw new TooDeepError(parser.offset);
  }
  for (const token of parser.end()) yield* composer.next(token);
  yield* composer.end();
}

/** A file gets its progress in about so many steps. */
const STEPS = 200;

/**
 * `kubectl get -o yaml` prints one List, whose items begin with `- ` at the start of a line. Parsed item by item, a
 * large one shows its progress and needs a fraction of the memory.
 * @returns undefined for anything else, and for text with errors, whose place only the whole text tells
 */
function parseKubectlList(text: string, onShare: OnShare): unknown[] | undefined {
  const start = /^apiVersion: v1\r?\nitems:\r?\n(?=- )/.exec(text);
  if (start === null) return undefined;
  const itemsEnd = /^(?![- \r\n#])/gm;
  itemsEnd.lastIndex = start[0].length;
  const end = itemsEnd.exec(text)?.index ?? text.length;
  // An anchor may be used in another item, and a second document is more than one list.
  if (/^(---|\.\.\.)/m.test(text.slice(end)) || /[ [{,][&*]\w/.test(text)) return undefined;
  const starts = [...text.slice(0, end).matchAll(/^- /gm)].map(({ index }) => index);
  const head = parseOne(`${start[0].replace(/items:\r?\n$/, '')}${text.slice(end)}`);
  if (!isRecord(head)) return undefined;
  const items: unknown[] = [];
  const step = Math.max(1, Math.floor(starts.length / STEPS));
  for (const [i, from] of starts.entries()) {
    const parsed = parseOne(text.slice(from, starts[i + 1] ?? end));
    if (!Array.isArray(parsed) || parsed.length !== 1) return undefined;
    items.push(parsed[0]);
    if (i % step === 0) onShare(from / text.length);
  }
  return [{ ...head, items }];
}

/** The value of a text that is one YAML document without errors; else undefined. */
function parseOne(text: string): unknown {
  try {
    const documents = [...composed(text)];
    const [document] = documents;
    if (document === undefined || documents.length > 1 || document.errors.length > 0) return undefined;
    const value: unknown = document.toJS();
    return value;
  } catch {
    return undefined;
  }
}

function parseYaml(file: string, text: string, onShare: OnShare): unknown[] {
  const lines = new LineCounter();
  const values: unknown[] = [];
  let nextShare = 0;
  const onOffset = (offset: number): void => {
    const share = offset / text.length;
    if (share < nextShare) return;
    nextShare = share + 1 / STEPS;
    onShare(share);
  };
  try {
    for (const document of composed(text, { lines, onOffset })) {
      values.push(valueOf(file, values.length, document, lines));
    }
  } catch (error) {
    if (!(error instanceof TooDeepError)) throw error;
    throw new UsageError(`${placeIn(file, values.length, error.offset, lines)}: ${error.message}`, error);
  }
  return values;
}

function placeIn(file: string, index: number, offset: number, lines: LineCounter): string {
  const { line, col } = lines.linePos(offset);
  return `${file}: document ${index + 1}: line ${line}, column ${col}`;
}

/** @throws {UsageError} with file, document and line */
function valueOf(file: string, index: number, document: Document.Parsed, lines: LineCounter): unknown {
  const error = document.errors[0];
  if (error !== undefined) {
    const message = error.message.replace(/\s+/g, ' ');
    throw new UsageError(`${placeIn(file, index, error.pos[0], lines)}: ${message}`, error);
  }
  try {
    const value: unknown = document.toJS();
    return value;
  } catch (error) {
    // Aliases that unfold to more than any file should hold.
    throw new UsageError(
      `${file}: document ${index + 1}: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}
