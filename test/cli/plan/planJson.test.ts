import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { runPlan } from '../runPlan.js';
import { KUBE_DNS, THREE_ZONES, ODD_NODE, planned } from './examples.js';

describe('json and yaml', () => {
  /** The Services of `-o json`, as planService has them. */
  const plansIn = (stdout: string): object[] =>
    (JSON.parse(stdout) as { services: Record<string, unknown>[] }).services.map((service) =>
      Object.fromEntries(Object.entries(service).filter(([key]) => key !== 'before' && key !== 'after')),
    );

  test.each([KUBE_DNS, THREE_ZONES, ODD_NODE])('json and yaml have the values of planService: %s', async (file) => {
    const wanted: unknown = JSON.parse(JSON.stringify(await planned(file)));
    const json = await runPlan(['-f', file, '-o', 'json']);
    expect(plansIn(json.stdout)).toEqual(wanted);
    expect(parse((await runPlan(['-f', file, '-o', 'yaml'])).stdout)).toEqual(JSON.parse(json.stdout));
  });

  test('json has what nodes do now and once the plan is written, and the sum of all Services', async () => {
    const { stdout } = await runPlan(['-f', THREE_ZONES, '-o', 'json']);
    const { summary, services } = JSON.parse(stdout) as {
      summary: unknown;
      services: { name: string; before: { inZoneShare: number }[]; after: { inZoneShare: number }[] }[];
    };
    const web = services.find(({ name }) => name === 'web');
    expect(web?.before[0]?.inZoneShare).toBeCloseTo(1 / 3);
    expect(web?.after[0]?.inZoneShare).toBeCloseTo(5 / 6);
    expect(summary).toMatchObject({
      services: 5,
      optedIn: 4,
      steered: 4,
      changes: { services: 2, endpointSlices: 3, endpoints: 10 },
      reasons: [
        { reason: 'TopologyAwareHintsEnabled', hinted: true, services: 2 },
        { reason: 'HeadlessService', hinted: true, services: 1 },
        { reason: 'TopologyAwareHintsDisabled', hinted: false, services: 1 },
      ],
    });
  });

  test('json of one Service is a list of one', async () => {
    const { stdout } = await runPlan(['-f', THREE_ZONES, '-o', 'json', '--service', 'default/cart']);
    expect(plansIn(stdout)).toEqual(
      JSON.parse(JSON.stringify((await planned(THREE_ZONES)).filter((plan) => 'name' in plan && plan.name === 'cart'))),
    );
  });
});
