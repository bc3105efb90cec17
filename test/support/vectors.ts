import { readFileSync } from 'node:fs';
import type { EndpointSliceManifest, NodeManifest, ServiceManifest } from '../../src/model/manifest.js';

export interface VectorNode {
  readonly name: string;
  readonly labels?: Record<string, string>;
  readonly cpu?: string;
  readonly ready?: string;
}

export interface VectorEndpoint {
  readonly address: string;
  readonly zone?: string;
  readonly node?: string;
  readonly ready?: boolean;
  readonly serving?: boolean;
  readonly terminating?: boolean;
  readonly forZones?: string[];
  readonly forNodes?: string[];
}

export interface VectorSlice {
  readonly name: string;
  readonly endpoints: VectorEndpoint[];
}

/** Reads a fixture of one JSON object a line; the tests run from build/, the fixtures stay in test/. */
export function readVectors<T>(name: string): T[] {
  const text = readFileSync(new URL(`../../../test/fixtures/${name}`, import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}

export function nodeManifest({ name, labels, cpu, ready }: VectorNode): NodeManifest {
  return {
    metadata: { name, labels: labels ?? {} },
    status: {
      ...(cpu === undefined ? {} : { allocatable: { cpu } }),
      conditions: ready === undefined || ready === '' ? [] : [{ type: 'Ready', status: ready }],
    },
  };
}

const named = (names: string[]): { name: string }[] => names.map((name) => ({ name }));

export function sliceManifest(slice: VectorSlice, service = 'svc', addressType = 'IPv4'): EndpointSliceManifest {
  return {
    metadata: {
      name: slice.name,
      namespace: 'default',
      resourceVersion: '7',
      labels: { 'kubernetes.io/service-name': service },
    },
    addressType,
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
    endpoints: slice.endpoints.map(({ address, zone, node, ready, serving, terminating, forZones, forNodes }) => ({
      addresses: [address],
      conditions: {
        ...(ready === undefined ? {} : { ready }),
        ...(serving === undefined ? {} : { serving }),
        ...(terminating === undefined ? {} : { terminating }),
      },
      ...(zone === undefined ? {} : { zone }),
      ...(node === undefined ? {} : { nodeName: node }),
      ...(forZones === undefined && forNodes === undefined
        ? {}
        : {
            hints: {
              ...(forZones ? { forZones: named(forZones) } : {}),
              ...(forNodes ? { forNodes: named(forNodes) } : {}),
            },
          }),
    })),
  };
}

export function autoService(
  annotations: Record<string, string> = { 'service.kubernetes.io/topology-mode': 'Auto' },
): ServiceManifest {
  return { metadata: { name: 'svc', namespace: 'default', annotations }, spec: { selector: { app: 'svc' } } };
}
