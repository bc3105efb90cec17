import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readExposition, type Family } from './exposition.js';
import { analyse } from './promql.js';
import { anchorsOf, readText, REPOSITORY_URL } from './repository.js';
import { scrapeWorkingController } from './runningController.js';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string };
}

const text = readText('charts/slicehints/files/alerts.yaml');
const { groups } = parse(text) as { groups: { name: string; rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const named = rules.map((rule) => [rule.alert, rule] as const);
const RUNBOOK = `${REPOSITORY_URL}docs/troubleshooting.md#`;

describe('alerts', () => {
  let families: ReadonlyMap<string, Family>;
  beforeAll(async () => {
    families = readExposition(await scrapeWorkingController());
  }, 30_000);

  test('are rules of a PrometheusRule, each with a name of its own', () => {
    expect(Object.keys(parse(text) as object)).toEqual(['groups']);
    expect(rules.length).toBeGreaterThan(10);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    expect(rules.filter(({ alert }) => !/^Slicehints[A-Z]\w+$/.test(alert))).toEqual([]);
  });

  test.each(named)('%s asks for what the controller exposes', (_, { expr }) => {
    expect(analyse(expr, families).problems).toEqual([]);
  });

  test.each(named)('%s says when, how bad, what, and what to do', (_, rule) => {
    expect(Object.keys(rule).sort()).toEqual(['alert', 'annotations', 'expr', 'for', 'labels']);
    expect(rule.for).toMatch(/^[1-9]\d*[mh]$/);
    expect(['critical', 'warning', 'info']).toContain(rule.labels.severity);
    expect(Object.keys(rule.annotations).sort()).toEqual(['description', 'runbook_url', 'summary']);
    expect(rule.annotations.summary).toMatch(/^\S.{10,70}[^.]$/);
    expect(rule.annotations.description).toMatch(/^\S[^\n]{30,}\.$/);
  });

  test.each(named)('%s names only labels that its result has', (_, { expr, annotations }) => {
    const used = [...annotations.description.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
    const { labels } = analyse(expr, families);
    expect(used.filter((label) => !labels.has(label ?? ''))).toEqual([]);
  });

  test.each(named)('%s leads to a heading of the troubleshooting page, which names it', (alert, { annotations }) => {
    const url = annotations.runbook_url;
    expect(url.startsWith(RUNBOOK)).toBe(true);
    const page = readText('docs/troubleshooting.md');
    expect(anchorsOf(page)).toContain(url.slice(RUNBOOK.length));
    const section = page.split(/^(?=## )/m).find((part) => anchorsOf(part)[0] === url.slice(RUNBOOK.length));
    expect(section).toContain(`\`${alert}\``);
  });
});
