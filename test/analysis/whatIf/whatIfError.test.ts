import { expect, test } from 'vitest';
import { WhatIfError } from '../../../src/analysis/whatIf/whatIfError.js';

test('a change that cannot be made names its field, which a command turns into its flag', () => {
  const error = new WhatIfError('withoutZones', 'there is no zone x');
  expect([error.name, error.field, error.message]).toEqual(['WhatIfError', 'withoutZones', 'there is no zone x']);
  expect(error).toBeInstanceOf(Error);
});
