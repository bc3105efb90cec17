const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/**
 * Reads a duration as Kubernetes flags have them (`15s`, `1m30s`, `500ms`, `0`) into milliseconds.
 * @throws {RangeError} with one sentence
 */
export function parseDurationMs(text: string): number {
  if (text === '0') return 0;
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text))
    throw new RangeError(`expected a duration such as 15s, 500ms or 1m30s, got "${text}"`);
  let total = 0;
  for (const [, amount = '0', unit = 's'] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
    total += Number(amount) * (UNIT_MS.get(unit) ?? 0);
  return total;
}
