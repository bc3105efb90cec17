import { describe, expect, it } from 'vitest';
import type { ManagedFieldsManifest } from '../../src/model/manifest.js';
import { readSlice } from '../../src/model/slice.js';

function entry(manager: string, time: string | Date | undefined, ...fields: string[]): ManagedFieldsManifest {
  return {
    manager,
    ...(time === undefined ? {} : { time }),
    fieldsV1: Object.fromEntries(fields.map((field) => [field, {}])),
  };
}

const EARLY = '2026-01-01T00:00:00Z';
const LATE = '2026-01-01T00:00:09Z';

describe('who wrote the endpoints of a slice', () => {
  it.each<[string, ManagedFieldsManifest[], string, boolean]>([
    ['nobody', [], '', false],
    [
      'the only one who did',
      [entry('kube-controller-manager', EARLY, 'f:endpoints')],
      'kube-controller-manager',
      false,
    ],
    [
      'only we',
      [entry('kube-controller-manager', LATE, 'f:ports'), entry('slicehints', EARLY, 'f:endpoints')],
      '',
      true,
    ],
    [
      'the latest of two',
      [entry('kubectl-edit', LATE, 'f:endpoints'), entry('mesh', EARLY, 'f:endpoints')],
      'kubectl-edit',
      false,
    ],
    [
      'the other one beside us',
      [entry('mesh', EARLY, 'f:endpoints'), entry('slicehints', LATE, 'f:endpoints')],
      'mesh',
      true,
    ],
    ['the last of equals', [entry('a', EARLY, 'f:endpoints'), entry('b', EARLY, 'f:endpoints')], 'b', false],
    ['one without a time, when nobody has one', [entry('a', undefined, 'f:endpoints')], 'a', false],
    [
      'one with a time before one without',
      [entry('a', EARLY, 'f:endpoints'), entry('b', 'soon', 'f:endpoints')],
      'a',
      false,
    ],
    [
      'the latest, with times of a generated client',
      [entry('a', new Date(LATE), 'f:endpoints'), entry('b', new Date(EARLY), 'f:endpoints')],
      'a',
      false,
    ],
    ['nobody, when an entry has no fields', [{ manager: 'a', time: EARLY }], '', false],
  ])('is %s', (_, managedFields, endpointsManager, endpointsOurs) => {
    expect(readSlice({ metadata: { managedFields } })).toMatchObject({ endpointsManager, endpointsOurs });
  });

  it('is not said where a slice has no managed fields, as in a file', () => {
    const record = readSlice({ metadata: { name: 'web-1' } });
    expect(record).not.toHaveProperty('endpointsManager');
    expect(record).not.toHaveProperty('endpointsOurs');
  });
});
