import { UsageError } from '../../src/cli/flags/usageError.js';

/** What is printed of foreign input is bounded, however long that is. */
export const LONGEST_MESSAGE = 1000;

/** @throws {Error} for a text that is longer, or spans lines */
export function checkMessage(message: string): void {
  if (message.length > LONGEST_MESSAGE)
    throw new Error(`a message of ${message.length} characters: ${message.slice(0, 200)}…`);
  if (message.includes('\n')) throw new Error(`a message of several lines: ${message}`);
}

/**
 * The answer of a reader of foreign input, or undefined where it refuses the input with a UsageError of one short line.
 * Anything else that it throws is a finding, and goes on.
 */
export function unlessRefused<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    checkMessage(error.message);
    return undefined;
  }
}
