/**
 * What the user gave cannot be used: a flag, a file, a field in it. The message is one line that names what and where;
 * the command prints it behind its own name and exits with 1.
 */
export class InputError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'InputError';
  }
}

/** A flag or a combination of flags that cannot be; the message is one line and names the flag. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
