import { beforeAll, describe, expect, test } from 'vitest';
import { planCluster, type PlannedService } from '../../../src/analysis/planCluster.js';
import { summarisePlan } from '../../../src/analysis/planSummary.js';
import { clusterObjects, loadManifests } from '../../../src/cli/input/manifests.js';
import { renderOverview } from '../../../src/cli/plan/planOverview.js';
import { THREE_ZONES } from './examples.js';

describe('the plan of many Services', () => {
  let services: readonly PlannedService[] = [];
  beforeAll(async () => {
    ({ services } = planCluster(clusterObjects(await loadManifests([THREE_ZONES]))));
  });
  const rendered = (shown: readonly PlannedService[]): string =>
    renderOverview({ summary: summarisePlan(services), services: shown }, (_, text) => text);

  test('is what it comes to, what keeps Services from hints, then the Services', () => {
    const text = rendered(services);
    const places = ['Cluster: ', 'TopologyAwareHintsDisabled: ', 'SERVICE '].map((words) => text.indexOf(words));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(text).not.toContain('not listed');
  });

  test.each([
    [1, '4 Services without changes are not listed.'],
    [4, '1 Service without changes is not listed.'],
  ])('counts those that are not listed beside %d', (count, line) => {
    expect(rendered(services.slice(0, count)).trimEnd().split('\n').at(-1)).toBe(line);
  });
});
