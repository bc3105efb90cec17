import { describe, expect, test } from 'vitest';
import { applyStrategicMerge } from '../../../src/sandbox/patch/strategicMerge.js';
import type { JsonObject } from '../../../src/sandbox/schema/kubeObject.js';
import { storedDefinition } from '../../../src/sandbox/schema/resources.js';

describe('strategic merge patch', () => {
  const { schema } = storedDefinition('services');
  const service = {
    metadata: { finalizers: ['a.example/x', 'b.example/x'] },
    spec: {
      ports: [
        { name: 'http', port: 80 },
        { name: 'tls', port: 443 },
      ],
      selector: { app: 'cart' },
    },
  };

  test.each([
    [
      'merges an item by its key',
      { spec: { ports: [{ port: 443, targetPort: 8443 }] } },
      'spec.ports',
      [
        { name: 'http', port: 80 },
        { name: 'tls', port: 443, targetPort: 8443 },
      ],
    ],
    [
      'appends an item of a new key',
      { spec: { ports: [{ port: 9 }] } },
      'spec.ports',
      [...service.spec.ports, { port: 9 }],
    ],
    [
      'removes an item',
      { spec: { ports: [{ port: 80, $patch: 'delete' }] } },
      'spec.ports',
      [{ name: 'tls', port: 443 }],
    ],
    ['replaces a list', { spec: { ports: [{ port: 1 }, { $patch: 'replace' }] } }, 'spec.ports', [{ port: 1 }]],
    [
      'orders a list',
      { spec: { '$setElementOrder/ports': [{ port: 443 }, { port: 80 }] } },
      'spec.ports',
      [...service.spec.ports].reverse(),
    ],
    ['replaces a map', { spec: { selector: { $patch: 'replace', b: 'c' } } }, 'spec.selector', { b: 'c' }],
    [
      'adds to a set',
      { metadata: { finalizers: ['c.example/x'] } },
      'metadata.finalizers',
      ['a.example/x', 'b.example/x', 'c.example/x'],
    ],
    [
      'takes from a set',
      { metadata: { '$deleteFromPrimitiveList/finalizers': ['a.example/x'] } },
      'metadata.finalizers',
      ['b.example/x'],
    ],
    ['keeps only some fields', { spec: { $retainKeys: ['selector'] } }, 'spec', { selector: { app: 'cart' } }],
    ['removes a field', { spec: { selector: null } }, 'spec', { ports: service.spec.ports }],
  ])('%s', (_name, patch, path, value) => {
    const before = JSON.stringify(service);
    expect(applyStrategicMerge(service, patch, schema)).toHaveProperty(path, value);
    expect(JSON.stringify(service)).toBe(before);
  });

  test('any word is a key like others', () => {
    const labels = '{"metadata":{"labels":{"__proto__":"a","constructor":"b"}}}';
    const patched = applyStrategicMerge({ metadata: { labels: {} } }, JSON.parse(labels) as JsonObject, schema);
    expect(JSON.stringify(patched)).toBe(labels);
  });

  test('an item without its key is refused', () => {
    expect(() => applyStrategicMerge(service, { spec: { ports: [{ name: 'x' }] } }, schema)).toThrow(
      'does not contain declared merge key: port',
    );
  });
});
