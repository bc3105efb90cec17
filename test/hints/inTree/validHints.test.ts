import { describe, expect, test } from 'vitest';
import { holdsInTreeHints } from '../../../src/hints/inTree/validHints.js';
import type { EndpointManifest } from '../../../src/model/manifest.js';
import { readSlice, type SliceRecord } from '../../../src/model/slice.js';

const zones = (...names: string[]) => ({ inTreeZones: names });
const TWO = zones('a', 'b');
const named = (names: readonly string[]) => names.map((name) => ({ name }));

/** A ready endpoint that is hinted for these zones. */
const hinted = (...forZones: string[]): EndpointManifest => ({
  addresses: ['10.0.0.1'],
  conditions: { ready: true },
  hints: { forZones: named(forZones) },
});
const unhinted = (ready?: boolean): EndpointManifest => ({
  addresses: ['10.0.0.2'],
  ...(ready === undefined ? {} : { conditions: { ready } }),
});
const IN_TREE = { manager: 'kube-controller-manager', time: '2026-01-01T00:00:00Z', fieldsV1: { 'f:endpoints': {} } };
const OURS = { ...IN_TREE, manager: 'slicehints' };
const slice = (endpoints: EndpointManifest[], managedFields: object[] | null = [IN_TREE]): SliceRecord =>
  readSlice({ metadata: { name: 'web-1', managedFields }, endpoints });

describe('the hints on slices of the in-tree controller are its own and may be valid', () => {
  test.each<[string, SliceRecord[]]>([
    ['each ready endpoint has one zone, and each zone an endpoint', [slice([hinted('a'), hinted('b'), hinted('a')])]],
    ['the zones are reached by two slices together', [slice([hinted('a')]), slice([hinted('b')])]],
    ['endpoints that are not ready have no hints', [slice([hinted('a'), hinted('b'), unhinted(false)])]],
    ['endpoints without the condition have no hints', [slice([hinted('a'), hinted('b'), unhinted()])]],
    ['a slice of another writer has no endpoints', [slice([hinted('a'), hinted('b')]), slice([], [OURS])]],
    ['a list of nodes is empty', [slice([{ ...hinted('a'), hints: { forZones: named(['a']), forNodes: [] } }, hinted('b')])]], // prettier-ignore
  ])('where %s', (_, slices) => {
    expect(holdsInTreeHints(slices, TWO)).toBe(true);
  });
});

describe('they are not where', () => {
  test.each<[string, SliceRecord[], ReturnType<typeof zones>?]>([
    ['a zone has no endpoint', [slice([hinted('a'), hinted('a')])]],
    ['a zone has only endpoints that are not ready', [slice([hinted('a'), { ...hinted('b'), conditions: { ready: false } }])]], // prettier-ignore
    ['a ready endpoint has no hints', [slice([hinted('a'), hinted('b'), unhinted(true)])]],
    ['a ready endpoint has hints without names', [slice([hinted('a'), hinted('b'), hinted()])]],
    ['a ready endpoint is hinted for two zones', [slice([hinted('a'), hinted('b'), hinted('a', 'b')])]],
    ['a ready endpoint is hinted for a zone without nodes', [slice([hinted('a'), hinted('b'), hinted('c')])]],
    ['a ready endpoint is hinted for a node too', [slice([{ ...hinted('a'), hints: { forZones: named(['a']), forNodes: named(['n']) } }, hinted('b')])]], // prettier-ignore
    ['slicehints is a writer of one slice', [slice([hinted('a')]), slice([hinted('b')], [IN_TREE, OURS])]],
    ['nobody wrote the endpoints', [slice([hinted('a'), hinted('b')], [])]],
    ['the writer is not known, as in files', [slice([hinted('a'), hinted('b')], null)]],
    ['the cluster has one zone', [slice([hinted('a')])], zones('a')],
    ['the cluster has no zones', [slice([hinted('a')])], zones()],
    ['there are no slices', []],
  ])('%s', (_, slices, cluster = TWO) => {
    expect(holdsInTreeHints(slices, cluster)).toBe(false);
  });
});
