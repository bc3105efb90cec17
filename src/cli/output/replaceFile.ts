import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { UsageError } from '../flags/usageError.js';
import { describeFileError } from '../input/fileError.js';

/**
 * Writes a file beside its place and moves it there, so that nobody ever reads half of one, and what stands stays when
 * the disk is full.
 * @param flagName for the sentence
 * @throws {UsageError} one sentence that names the flag and the file
 */
export async function replaceFile(path: string, content: string, flagName: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    try {
      const file = await open(temporary, 'wx');
      try {
        await file.writeFile(content);
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  } catch (error) {
    throw new UsageError(`${flagName}: cannot write ${path}: ${describeFileError(error)}`, error);
  }
}
