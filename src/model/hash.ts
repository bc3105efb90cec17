/** FNV-1a with 32 bits over the code units of a text from `start` on. */
export function fnv1a(text: string, start = 0): number {
  let value = 0x811c9dc5;
  for (let i = start; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
