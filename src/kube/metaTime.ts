/** A metav1.Time: whole seconds. */
export function metaTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** A metav1.MicroTime: exactly six fraction digits, or the API server answers 400. */
export function microTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace('Z', '000Z');
}
