/**
 * A message as one line: it may hold words of a server or of a library, and control characters would act on the terminal.
 * @param most UTF-16 code units, without the mark of a cut
 */
export function oneLine(message: string, most: number): string {
  const line = message
    .slice(0, most + 1)
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll(/\p{Cc}/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);
  // Half of a character is none.
  return message.length > most || line.length > most ? `${line.slice(0, most).replace(/[\ud800-\udbff]$/, '')}…` : line;
}
