import { drainsInForce, isAccepted, readZoneDrain, type ZoneDrainManifest } from '../../hints/drain/zoneDrain.js';
import { compareText } from '../../model/objectKey.js';
import { about, type Finding } from './finding.js';

/** What becomes of the drains that there are; nothing where there are none. */
export function aboutDrains(manifests: readonly ZoneDrainManifest[], nowMs: number): Finding[] {
  const drains = manifests
    .map((manifest) => ({ ...readZoneDrain(manifest), moved: manifest.status?.services?.drained }))
    .sort((a, b) => compareText(a.name, b.name));
  const active = new Set(drainsInForce(drains, nowMs).map(({ name }) => name));
  return drains.flatMap((drain): Finding[] => {
    const { name, zone, until, untilMs, moved, isJudged, conditions } = drain;
    const common = { subject: 'drains', ...about([name]) } as const;
    const title = `ZoneDrain ${name}`;
    if (active.has(name)) {
      const services = typeof moved === 'number' ? `, which moves ${moved} Service${moved === 1 ? '' : 's'}` : '';
      return [{ ...common, level: 'info', code: 'ZoneDrained', message: `${title}: zone ${zone} is drained until ${until}${services}.` }]; // prettier-ignore
    }
    const refused = conditions.get('Refused');
    if (isJudged && refused?.status === 'True') {
      const message = `${title} is refused: ${refused.message}.`;
      const advice = `Nothing is drained. slicehints drain ${zone} --dry-run=client shows the figures; correct the drain or delete it.`;
      return [{ ...common, level: 'warning', code: 'DrainRefused', message, advice }];
    }
    if (isAccepted(drain) && nowMs >= untilMs) {
      const message = `${title}: the drain of zone ${zone} ended at ${until} and still exists.`;
      return [{ ...common, level: 'info', code: 'DrainEnded', message, advice: `Delete it: kubectl delete zonedrain ${name}` }]; // prettier-ignore
    }
    return [];
  });
}
