/**
 * Foreign text for use in a message, an Event, a log line: in double quotes, control characters escaped, cut
 * after `most` characters. Annotation values may be 256 KiB long.
 */
export function quoted(text: string, most = 60): string {
  // A character is at most two code units, so that a long text is not taken apart as a whole.
  const characters = [...text.slice(0, 2 * most + 2)];
  return JSON.stringify(characters.length <= most ? text : `${characters.slice(0, most).join('')}…`);
}
