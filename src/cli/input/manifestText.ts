import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LineCounter, parseAllDocuments } from 'yaml';
import { UsageError } from '../flags/usageError.js';
import { describeFileError } from './fileError.js';

/** One YAML document, or one JSON value, as it was read. */
export interface ManifestDocument {
  /** `cluster.yaml: document 3`. */
  readonly origin: string;
  readonly value: unknown;
}

/** Hears of every file once it is read and before it is parsed, which is what takes long. */
export type OnRead = (file: string, byteCount: number) => void;

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
    onRead(file, bytes.length);
    return parseText(file, decode(bytes));
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

function parseText(file: string, text: string): ManifestDocument[] {
  const values = parseJson(text) ?? parseYaml(file, text);
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
    return undefined;
  }
}

function parseYaml(file: string, text: string): unknown[] {
  const lines = new LineCounter();
  // Merge keys (<<) are read because kubectl reads them.
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, merge: true });
  return [...documents].map((document, i) => {
    const error = document.errors[0];
    if (error !== undefined) {
      const { line, col } = lines.linePos(error.pos[0]);
      const message = error.message.replace(/\s+/g, ' ');
      throw new UsageError(`${file}: document ${i + 1}: line ${line}, column ${col}: ${message}`, error);
    }
    try {
      const value: unknown = document.toJS();
      return value;
    } catch (error) {
      // Aliases that unfold to more than any file should hold.
      throw new UsageError(
        `${file}: document ${i + 1}: ${error instanceof Error ? error.message : String(error)}`,
        error,
      );
    }
  });
}
