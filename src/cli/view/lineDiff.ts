/** Longer than this the two texts are shown one after the other instead of being compared line by line. */
const MAX_CELLS = 4_000_000;

/**
 * What turns `before` into `after`: all lines, with `-` before those that go, `+` before those that come and a blank
 * before those that stay (a longest common subsequence).
 */
export function diffLines(before: readonly string[], after: readonly string[]): string[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (
    end < before.length - start &&
    end < after.length - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  ) {
    end++;
  }
  const same = (line: string): string => ` ${line}`;
  return [
    ...before.slice(0, start).map(same),
    ...diffMiddle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ];
}

function diffMiddle(before: readonly string[], after: readonly string[]): string[] {
  const gone = (line: string): string => `-${line}`;
  const come = (line: string): string => `+${line}`;
  const width = after.length + 1;
  if (before.length * after.length > MAX_CELLS) return [...before.map(gone), ...after.map(come)];
  const common = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const below = common[(i + 1) * width + j] ?? 0;
      const right = common[i * width + j + 1] ?? 0;
      const diagonal = common[(i + 1) * width + j + 1] ?? 0;
      common[i * width + j] = before[i] === after[j] ? diagonal + 1 : Math.max(below, right);
    }
  }
  const lines: string[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const below = common[(i + 1) * width + j] ?? 0;
    const right = common[i * width + j + 1] ?? 0;
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push(` ${before[i++] ?? ''}`);
      j++;
    } else if (j >= after.length || (i < before.length && below >= right)) lines.push(gone(before[i++] ?? ''));
    else lines.push(come(after[j++] ?? ''));
  }
  return lines;
}
