import { expect, test } from 'vitest';
import { describeFileError } from '../../../src/cli/input/fileError.js';

test.each<[unknown, string]>([
  [{ code: 'ENOENT' }, 'no such file or directory'],
  [{ code: 'EACCES' }, 'permission denied'],
  [{ code: 'EISDIR' }, 'it is a directory'],
  [{ code: 'ENOSPC' }, 'no space left'],
  [{ code: 'EMFILE' }, 'EMFILE'],
  ['gone', 'gone'],
])('%j in words: %s', (error, words) => {
  expect(describeFileError(error)).toBe(words);
});
