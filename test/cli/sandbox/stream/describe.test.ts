import { describe, expect, test } from 'vitest';
import { describeWrite } from '../../../../src/cli/sandbox/stream/describe.js';
import type { KubeObject } from '../../../../src/sandbox/schema/kubeObject.js';
import type { ResourceName } from '../../../../src/sandbox/schema/resources.js';
import type { WriteRecord } from '../../../../src/sandbox/storage/writes.js';
import { nodeOf, sliceOf } from '../../../sandbox/samples.js';

function record(resource: ResourceName, before?: KubeObject, after?: KubeObject): WriteRecord {
  const { name = '', namespace = '' } = (after ?? before)?.metadata ?? {};
  return {
    ...{ verb: 'update', resource, name, namespace, resourceVersion: 1, wallMs: 0 },
    ...{ user: '', userAgent: '', fieldManager: '', before, after },
  };
}

const service = (annotations: Record<string, string>, spec: object = {}): KubeObject => ({
  metadata: { name: 'cart', namespace: 'shop', annotations },
  spec,
});
const pod = (status: string | undefined, more: object = {}): KubeObject => ({
  metadata: { name: 'p', namespace: 'shop', ...more },
  spec: { nodeName: 'n1' },
  status: { conditions: status === undefined ? [] : [{ type: 'Ready', status }] },
});
const event = (message: string): KubeObject => ({
  metadata: { name: 'e', namespace: 'shop' },
  involvedObject: { namespace: 'shop', name: 'cart' },
  ...{ type: 'Warning', reason: 'HintsContended', message },
});
const cpu = (cores: string): KubeObject => ({ ...nodeOf('n1'), status: { allocatable: { cpu: cores } } });
const six = sliceOf('s', ['a', 'b', 'c', 'a', 'b', 'c']);

describe('a write in words', () => {
  test.each<[string, WriteRecord, string | undefined]>([
    ['a new slice', record('endpointslices', undefined, sliceOf('s', ['a'])), 'created, 1 endpoint'],
    [
      'more endpoints than are named',
      record('endpointslices', sliceOf('s', []), six),
      '+10.0.0.1 +10.0.0.2 +10.0.0.3 +10.0.0.4 and 2 more',
    ],
    [
      'a label of a slice',
      record('endpointslices', six, sliceOf('s', ['a', 'b', 'c', 'a', 'b', 'c'], { x: 'y' })),
      undefined,
    ],
    ['a Pod that starts', record('pods', pod(undefined), pod('False')), undefined],
    ['a Pod that is ready', record('pods', pod('False'), pod('True')), 'ready'],
    ['a Pod that terminates', record('pods', pod('True'), pod('True', { deletionTimestamp: 'x' })), 'terminates'],
    ['a Pod that is gone', record('pods', pod('True'), undefined), 'deleted, on n1'],
    ['CPU of a node', record('nodes', cpu('4'), cpu('8')), 'allocatable CPU 4 → 8'],
    [
      'a mode',
      record('services', service({}), service({ 'slicehints.io/mode': 'balanced' })),
      'slicehints.io/mode none → balanced',
    ],
    ['the spec of a Service', record('services', service({}), service({}, { type: 'NodePort' })), 'spec changed'],
    ['an annotation of others', record('services', service({}), service({ 'example.com/a': 'b' })), undefined],
    ['an Event', record('events', undefined, event('gone')), 'Warning HintsContended: gone'],
    ['a Lease', record('leases', pod('True'), pod('False')), undefined],
    ['the guard', record('mutatingadmissionpolicies', pod('True'), undefined), 'deleted'],
  ])('%s', (_, write, text) => expect(describeWrite(write)?.text).toBe(text));

  test('a long message of another writer is cut', () => {
    expect(describeWrite(record('events', undefined, event('x'.repeat(9999))))?.text.length).toBeLessThan(310);
  });
});
