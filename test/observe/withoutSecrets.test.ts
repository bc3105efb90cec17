import { expect, test } from 'vitest';
import { withoutSecrets } from '../../src/observe/withoutSecrets.js';

test.each([
  ['each place', 'token-1 and token-1', ['token-1'], '… and …'],
  ['one that holds another', 'secret-more secret', ['secret', 'secret-more'], '… …'],
  ['what stands in a replacement', 'a $&secret', ['$&secret'], 'a …'],
  ['nothing of a short word', 'shop: no org id', ['shop', ''], 'shop: no org id'],
])('%s', (_, text, secrets, shown) => {
  expect(withoutSecrets(text, secrets)).toBe(shown);
});
