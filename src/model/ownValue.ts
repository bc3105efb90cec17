/**
 * The value that a record itself has for a word from outside (a label, a field of JSON, a flag): without this,
 * `constructor` is found in every record.
 */
export function ownValue<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** Sets a value of a record that is being built. The key `__proto__` becomes a key as well, not the record's prototype. */
export function setOwnValue<T>(record: Record<string, T>, key: string, value: T): void {
  if (key === '__proto__') {
    Object.defineProperty(record, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    record[key] = value;
  }
}
