import { beforeAll, describe, expect, test } from 'vitest';
import { readExposition, type Family } from './exposition.js';
import { analyse } from './promql.js';
import { readText } from './repository.js';
import { scrapeWorkingController } from './runningController.js';

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly datasource: { readonly uid: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly Target[];
  readonly panels?: readonly Panel[];
}

interface Dashboard {
  readonly uid: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
  readonly annotations: { readonly list: readonly { readonly expr?: string }[] };
}

const dashboard = JSON.parse(readText('charts/slicehints/dashboards/slicehints.json')) as Dashboard;
const all = dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
const shown = all.filter(({ type }) => type !== 'row');
/** Panels of different rows may have one title. */
const named = shown.map((panel) => [`${panel.title} (${panel.id})`, panel] as const);
const DATASOURCE = '${datasource}';
/** Grafana sets these by itself. */
const BUILT_IN = ['__rate_interval'];

/** Fills Grafana's variables in, as it does before it asks Prometheus. */
function filled(expression: string): string {
  return expression.replaceAll('$__rate_interval', '5m').replaceAll(/\$\w+/g, '.*');
}

describe('the dashboard', () => {
  let families: ReadonlyMap<string, Family>;
  beforeAll(async () => {
    families = readExposition(await scrapeWorkingController());
  }, 30_000);

  test('is of Grafana 11 and has rows for what is achieved, what is done, health and guard', () => {
    expect({ uid: dashboard.uid, schemaVersion: dashboard.schemaVersion }).toEqual({
      uid: 'slicehints',
      schemaVersion: 39,
    });
    const rows = dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title);
    expect(rows).toEqual(['What it achieves', 'What it does', 'Health', 'Guard']);
  });

  test('lets one choose the source, the job and the instance, and uses no variable that is not there', () => {
    const variables = dashboard.templating.list.map(({ name }) => name);
    expect(variables).toEqual(['datasource', 'job', 'instance']);
    const used = [...JSON.stringify(dashboard).matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name);
    const known = [...variables, ...BUILT_IN, '__all'];
    expect(used.filter((name) => !known.includes(name))).toEqual([]);
    expect(used).toEqual(expect.arrayContaining(variables));
  });

  test('means our jobs by "all": metrics of Node.js have the same names in other programs', () => {
    expect(JSON.stringify(dashboard.templating)).not.toContain('allValue');
  });

  test('fills its variables from what the controller exposes', () => {
    const queries = dashboard.templating.list.flatMap(({ definition }) => definition ?? []);
    expect(queries).toHaveLength(2);
    for (const query of queries) {
      const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
      const { problems, labels } = analyse(filled(selector), families);
      expect({ query, problems, found: labels.has(label) }).toEqual({ query, problems: [], found: true });
    }
  });

  test('has an id for each panel, and no panel lies over another or outside', () => {
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    const cells = new Map<string, string>();
    const clashes: string[] = [];
    for (const { title, gridPos } of dashboard.panels) {
      const { x, y, w, h } = gridPos;
      if (x < 0 || y < 0 || w < 1 || h < 1 || x + w > 24) clashes.push(`${title} is outside`);
      for (let column = x; column < x + w; column++) {
        for (let line = y; line < y + h; line++) {
          const other = cells.get(`${column} ${line}`);
          if (other !== undefined) clashes.push(`${title} lies over ${other}`);
          cells.set(`${column} ${line}`, title);
        }
      }
    }
    expect(clashes).toEqual([]);
  });

  test.each(named)('panel %s has a unit, a description, the chosen source and something to show', (_, panel) => {
    expect(panel.fieldConfig?.defaults.unit).toMatch(/^\S+$/);
    expect(panel.description).toMatch(/\S.*\.$/);
    expect(panel.datasource?.uid).toBe(DATASOURCE);
    const targets = panel.targets ?? [];
    expect(targets.length).toBeGreaterThan(0);
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    expect(targets.map(({ datasource }) => datasource.uid)).toEqual(targets.map(() => DATASOURCE));
  });

  test.each(named)('panel %s asks for what the controller exposes, of the chosen job', (_, panel) => {
    for (const { expr, legendFormat } of panel.targets ?? []) {
      const { problems, labels } = analyse(filled(expr), families);
      const legend = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      expect({ expr, problems, missing: legend.filter((label) => !labels.has(label)) }).toEqual({
        expr,
        problems: [],
        missing: [],
      });
      expect(expr).toContain('job=~"$job", instance=~"$instance"');
    }
  });

  test('marks restarts by what the controller exposes', () => {
    const marks = dashboard.annotations.list.flatMap(({ expr }) => expr ?? []);
    expect(marks.map((expr) => analyse(filled(expr), families).problems)).toEqual([[]]);
  });
});
