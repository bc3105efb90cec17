/** One series of a scrape, without its value. */
export interface Series {
  /** With the suffix of histograms: `…_bucket`, `…_sum`, `…_count`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A metric with all its series. */
export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly series: readonly Series[];
}

/**
 * Reads Prometheus' text format, and of OpenMetrics that counters are named without `_total` and a text ends with `# EOF`.
 * Families by name, in their order.
 */
export function readExposition(text: string): ReadonlyMap<string, Family> {
  const families = new Map<string, { name: string; type: string; help: string; series: Series[] }>();
  const family = (name: string): { name: string; type: string; help: string; series: Series[] } => {
    const known = families.get(name) ?? { name, type: '', help: '', series: [] };
    families.set(name, known);
    return known;
  };
  for (const line of text.split('\n')) {
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (comment !== null) {
      const [, what, name = '', rest = ''] = comment;
      if (what === 'HELP') family(name).help = rest;
      else family(name).type = rest;
      continue;
    }
    if (line === '' || line === '# EOF') continue;
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/.exec(line);
    if (sample === null) throw new Error(`not a line of an exposition: ${line}`);
    const [, name = '', inner = ''] = sample;
    const labels = Object.fromEntries(
      [...inner.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', value = '']) => [label, value]),
    );
    const base = families.has(name) ? name : name.replace(/_(bucket|sum|count|total)$/, '');
    if (!families.has(base)) throw new Error(`a sample without a type: ${line}`);
    family(base).series.push({ name, labels });
  }
  return families;
}

/** Names of the labels of a metric, `le` left out; sorted. */
export function labelsOf({ series }: Family): string[] {
  const names = new Set(series.flatMap(({ labels }) => Object.keys(labels)));
  names.delete('le');
  return [...names].sort();
}
