import { readExposition, type Family } from './exposition.js';
import { readText } from './repository.js';

/** What Prometheus scrapes from one pod, and what service discovery puts on it. */
export interface ExporterTarget {
  /** The file in `test/fixtures/exporters`, without its ending: the exporter, and which of its pods. */
  readonly sample: string;
  /** Whether labels of the sample win over those of the target, as `honor_labels` has it. */
  readonly honorLabels?: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

export const EXPORTER_TARGETS = JSON.parse(readText('test/fixtures/exporters/targets.json')) as ExporterTarget[];

export function exporterSample({ sample }: ExporterTarget): string {
  return readText(`test/fixtures/exporters/${sample}.prom`);
}

/** Metrics of all pods of these exporters, with the labels that Prometheus stores. */
export function scrapedFamilies(exporters: readonly string[]): ReadonlyMap<string, Family> {
  const all = new Map<string, Family>();
  for (const target of EXPORTER_TARGETS) {
    if (!exporters.includes(target.sample.split('/')[0] ?? '')) continue;
    for (const [name, family] of readExposition(exporterSample(target))) {
      const series = family.series.map((one) => ({ ...one, labels: storedLabels(one.labels, target) }));
      all.set(name, { ...family, series: [...(all.get(name)?.series ?? []), ...series] });
    }
  }
  return all;
}

/** Empty labels are none; a label that the target has, too, is kept as `exported_…` unless labels are honoured. */
function storedLabels(labels: Readonly<Record<string, string>>, target: ExporterTarget): Record<string, string> {
  const stored: Record<string, string> = { ...target.labels };
  for (const [label, value] of Object.entries(labels)) {
    const name = target.honorLabels !== true && label in target.labels ? `exported_${label}` : label;
    if (value !== '') stored[name] = value;
  }
  return stored;
}
