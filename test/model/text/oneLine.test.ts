import { expect, test } from 'vitest';
import { oneLine } from '../../../src/model/text/oneLine.js';

test.each([
  ['a sentence stays as it is', 'could not read /token: ENOENT', 'could not read /token: ENOENT'],
  ['lines become one', 'no \n  answer\r\nat all', 'no answer at all'],
  ['control characters are escaped', 'a\u001b[31mred\u0007\u009b', 'a\\u001b[31mred\\u0007\\u009b'],
  ['a text of the bound is whole', 'x'.repeat(30), 'x'.repeat(30)],
  ['a longer one is cut', 'x'.repeat(31), `${'x'.repeat(30)}…`],
  ['what escapes to more is cut, too', '\u0000'.repeat(6), `${'\\u0000'.repeat(5)}…`],
  ['no half of a character remains', `${'x'.repeat(29)}😀`, `${'x'.repeat(29)}…`],
])('%s', (_, text, line) => {
  expect(oneLine(text, 30)).toBe(line);
});
