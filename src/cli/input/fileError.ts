const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'no such file or directory'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'operation not permitted'],
  ['EISDIR', 'it is a directory'],
  ['ENOTDIR', 'a part of the path is not a directory'],
  ['EROFS', 'the file system is read-only'],
  ['ENOSPC', 'no space left'],
]);

/** What is wrong with a file, in words instead of Node.js' code. */
export function describeFileError(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  return REASONS.get(code) ?? code;
}
