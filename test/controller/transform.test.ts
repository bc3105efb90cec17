import { describe, expect, test } from 'vitest';
import { Transform } from '../../src/controller/transform.js';
import { readNode } from '../../src/model/node.js';
import { readService } from '../../src/model/service.js';
import { readSlice } from '../../src/model/slice.js';

describe('Transform', () => {
  test('endpoints of a slice with the same zones in their hints share one object, in the order of the zones', () => {
    const hints = [['a'], ['a', 'b'], ['b', 'a'], ['a', 'b'], undefined, ['a']];
    const { endpoints } = new Transform().slice({
      metadata: { name: 's', namespace: 'n' },
      addressType: 'IPv4',
      endpoints: hints.map((zones, i) => ({
        addresses: [`10.0.0.${i}`],
        ...(zones && { hints: { forZones: zones.map((name) => ({ name })) } }),
      })),
    });
    expect(endpoints.map((endpoint) => endpoint.hints?.forZones)).toEqual(hints);
    expect(endpoints[1]!.hints).toBe(endpoints[3]!.hints);
    expect(endpoints[0]!.hints).toBe(endpoints[5]!.hints);
    expect(endpoints[1]!.hints).not.toBe(endpoints[2]!.hints);
  });

  test('hints for nodes are read for each endpoint', () => {
    const { endpoints } = new Transform().slice({
      metadata: { name: 's', namespace: 'n' },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.0.0.1'], hints: { forZones: [{ name: 'a' }], forNodes: [{ name: 'x' }] } }],
    });
    expect(endpoints[0]!.hints).toEqual({ forZones: ['a'], forNodes: ['x'] });
  });

  test('hints for nodes alone are read, too', () => {
    const { endpoints } = new Transform().slice({ endpoints: [{ hints: { forNodes: [{ name: 'x' }] } }] });
    expect(endpoints[0]!.hints).toEqual({ forZones: undefined, forNodes: ['x'] });
  });

  test('a slice is that of the model', () => {
    const raw = {
      metadata: {
        name: 's',
        namespace: 'n',
        resourceVersion: '7',
        labels: { 'kubernetes.io/service-name': 'web', 'endpointslice.kubernetes.io/managed-by': 'mesh' },
      },
      addressType: 'IPv4',
      ports: [{ name: 'http' }, { name: 'grpc' }],
      endpoints: [{ addresses: ['10.0.0.1'], zone: 'a', nodeName: 'n1', conditions: { ready: true } }],
    };
    expect(new Transform().slice(raw)).toEqual(readSlice(raw));
  });

  test.each([
    ['with all fields', { type: 'NodePort', internalTrafficPolicy: 'Local', externalTrafficPolicy: 'Cluster' }],
    ['without them', {}],
  ])('a Service %s is that of the model', (_, spec) => {
    const raw = { metadata: { name: 'web', namespace: 'shop', uid: 'u', labels: { app: 'web' } }, spec };
    expect(new Transform().service(raw)).toEqual(readService(raw));
  });

  test('a node is that of the model', () => {
    const raw = {
      metadata: { name: 'n1', labels: { 'topology.kubernetes.io/zone': 'a', rack: 'r1' } },
      status: { allocatable: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] },
    };
    expect(new Transform().node(raw)).toEqual(readNode(raw));
  });
});
