import { describe, expect, test } from 'vitest';
import { eventsToCore, viewOf } from '../../../src/sandbox/schema/eventConversion.js';
import type { KubeObject } from '../../../src/sandbox/schema/kubeObject.js';
import { builtInDefinitions, storedDefinition } from '../../../src/sandbox/schema/resources.js';
import type { ResourceDefinition } from '../../../src/sandbox/schema/resources.js';

const events = builtInDefinitions.find((one) => one.group === 'events.k8s.io') as ResourceDefinition;

const stored: KubeObject = {
  kind: 'Event',
  apiVersion: 'v1',
  metadata: { name: 'e', namespace: 'default' },
  involvedObject: { kind: 'Service', name: 'cart' },
  reason: 'Hinted',
  message: 'text',
  source: { component: 'slicehints' },
  firstTimestamp: null,
  lastTimestamp: null,
  count: 2,
  type: 'Normal',
  reportingComponent: 'slicehints.io/controller',
  reportingInstance: 'pod-0',
};

const shown = {
  kind: 'Event',
  apiVersion: 'events.k8s.io/v1',
  metadata: stored.metadata,
  regarding: stored['involvedObject'],
  reason: 'Hinted',
  note: 'text',
  deprecatedSource: stored['source'],
  deprecatedFirstTimestamp: null,
  deprecatedLastTimestamp: null,
  deprecatedCount: 2,
  type: 'Normal',
  reportingController: 'slicehints.io/controller',
  reportingInstance: 'pod-0',
};

describe('an Event', () => {
  test('has other names for its fields in events.k8s.io', () => {
    expect(viewOf(events, stored)).toEqual(shown);
  });

  test('is the very same in core/v1, and any other object is too', () => {
    expect(viewOf(storedDefinition('events'), stored)).toBe(stored);
    expect(viewOf(storedDefinition('services'), stored)).toBe(stored);
  });

  test('of events.k8s.io is stored as one of core/v1', () => {
    expect(eventsToCore({ ...shown })).toEqual(stored);
    expect(eventsToCore(viewOf(events, stored))).toEqual(stored);
  });

  test.each(['reportingComponent', 'reportingInstance'])('leaves out an empty %s only in events.k8s.io', (field) => {
    const view = viewOf(events, { ...stored, [field]: '' });
    expect(Object.keys(shown).filter((one) => !Object.hasOwn(view, one))).toEqual([
      field === 'reportingComponent' ? 'reportingController' : field,
    ]);
  });
});
