/** Shorter words are no secret, and part of too many others. */
const LEAST_LENGTH = 6;

/** A text of others in which no secret stands, however it came there; `…` stands for each. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return [...secrets]
    .filter(({ length }) => length >= LEAST_LENGTH)
    .sort((a, b) => b.length - a.length)
    .reduce((shown, secret) => shown.replaceAll(secret, '…'), text);
}
