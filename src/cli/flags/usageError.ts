import { quoted as quotedText } from '../../model/text/quoted.js';

/**
 * What the user gave cannot be used: a flag, a variable, a file, a field in it. The message is one line that names what
 * and where; the program prints it behind the command's name and exits with 1.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

const LONGEST_QUOTE = 80;

/** Foreign text as a message of a command shows it: in quotes, on one line, cut. */
export function quoted(text: string): string {
  return quotedText(text, LONGEST_QUOTE);
}
