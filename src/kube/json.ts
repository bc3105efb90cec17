/** Whether a value is an object with fields: neither null nor an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields of a value; none where it is not an object. */
export function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  const { message } = asRecord(error);
  return typeof message === 'string' && message !== '' ? message : 'unknown error';
}
