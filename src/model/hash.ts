/**
 * FNV-1a with 32 bits over the code units of a text from `start` on.
 * @param before the hash of a text that this one continues: what comes out is that of both together
 */
export function fnv1a(text: string, start = 0, before = 0x811c9dc5): number {
  let value = before;
  for (let i = start; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/** The hash of a text that several texts continue, each with a space after it. */
export function fnv1aOfAll(texts: readonly string[], before: number): number {
  let value = before;
  for (let i = 0; i < texts.length; i++) value = fnv1a(' ', 0, fnv1a(texts[i]!, 0, value));
  return value;
}

/**
 * The finalizer of MurmurHash3. The low bits of FNV-1a depend on the low bits of the characters only: without it, sums and
 * remainders of hashes of texts that are alike would be alike.
 */
export function mixed(hash: number): number {
  let value = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
