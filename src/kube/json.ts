export function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  const { message } = asRecord(error);
  return typeof message === 'string' && message !== '' ? message : 'unknown error';
}
