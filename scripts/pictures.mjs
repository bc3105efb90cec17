// Draws docs/pictures/five-pods.svg from examples/five-pods.yaml: who uses which pod, by what planService answers and
// kube-proxy's rule (usableEndpoints). `npm run docs:pictures`; with --check it only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { planService, usableEndpoints } from '../dist/index.js';

const at = (path) => new URL(`../${path}`, import.meta.url);
const TARGET = 'docs/pictures/five-pods.svg';
const ZONE_LABEL = 'topology.kubernetes.io/zone';
const MODE_ANNOTATION = 'service.kubernetes.io/topology-mode';

const objects = parseAllDocuments(readFileSync(at('examples/five-pods.yaml'), 'utf8')).map((each) => each.toJS());
const nodes = objects.filter(({ kind }) => kind === 'Node');
const service = objects.find(({ kind, metadata }) => kind === 'Service' && metadata.name === 'balanced');
const slices = objects.filter(({ kind, metadata }) => kind === 'EndpointSlice' && metadata.name === 'balanced-1');
const zones = [...new Set(nodes.map(({ metadata }) => metadata.labels[ZONE_LABEL]))].sort();

/** Flows from each zone to each pod under a mode, the pods' load over the mean, and the share that stays in its zone. */
function outcome(mode) {
  const annotated = { ...service, metadata: { ...service.metadata, annotations: { [MODE_ANNOTATION]: mode } } };
  const planned = planService({ service: annotated, slices, nodes }).slices[0];
  const after = [
    {
      ...slices[0],
      endpoints: slices[0].endpoints.map((endpoint, i) => ({ ...endpoint, hints: planned.endpoints[i].hints })),
    },
  ];
  const pods = after[0].endpoints.map(({ addresses, zone }) => ({ address: addresses[0], zone, load: 0 }));
  const flows = [];
  let inZone = 0;
  for (const zone of zones) {
    const node = nodes.find(({ metadata }) => metadata.labels[ZONE_LABEL] === zone);
    const used = usableEndpoints({ slices: after, node });
    for (const address of used) {
      const pod = pods.find((each) => each.address === address);
      const share = 1 / zones.length / used.length;
      pod.load += share * pods.length;
      if (pod.zone === zone) inZone += share;
      flows.push({ zone, pod, share });
    }
  }
  return { pods, flows, inZone, busiest: Math.max(...pods.map(({ load }) => load)) };
}

const percent = (share) => `${Math.round(share * 100)} %`;
const times = (load) => `${load.toFixed(2)}x`;
const PANEL = { width: 290, height: 330, gap: 14 };
const OVER = 1.2;

function panel({ title, mode }, index) {
  const { pods, flows, inZone, busiest } = outcome(mode);
  const left = index * (PANEL.width + PANEL.gap);
  const zoneY = (zone) => 110 + zones.indexOf(zone) * 75;
  const podY = (pod) => 95 + pods.indexOf(pod) * 46;
  const lines = flows.map(({ zone, pod, share }) => {
    const colour = zone === pod.zone ? '#1a7f37' : '#d4770b';
    const width = (share * 60).toFixed(1);
    return `<path d="M${left + 70} ${zoneY(zone)} C${left + 140} ${zoneY(zone)} ${left + 140} ${podY(pod)} ${left + 200} ${podY(pod)}" fill="none" stroke="${colour}" stroke-opacity="0.75" stroke-width="${width}"/>`;
  });
  const clients = zones.map(
    (zone) =>
      `<rect x="${left + 14}" y="${zoneY(zone) - 17}" width="56" height="34" rx="6" fill="#eaeef2" stroke="#8c959f"/>` +
      `<text x="${left + 42}" y="${zoneY(zone) + 5}" text-anchor="middle">zone ${zone}</text>`,
  );
  const targets = pods.map((pod) => {
    const over = pod.load > OVER + 1e-9;
    return (
      `<circle cx="${left + 214}" cy="${podY(pod)}" r="15" fill="${over ? '#ffebe9' : '#dafbe1'}" stroke="${over ? '#cf222e' : '#1a7f37'}"/>` +
      `<text x="${left + 214}" y="${podY(pod) + 5}" text-anchor="middle">${pod.zone}</text>` +
      `<text x="${left + 236}" y="${podY(pod) + 5}" fill="${over ? '#cf222e' : '#57606a'}">${times(pod.load)}</text>`
    );
  });
  const colour = busiest > OVER + 1e-9 ? '#cf222e' : '#1a7f37';
  return [
    `<rect x="${left + 0.5}" y="0.5" width="${PANEL.width - 1}" height="${PANEL.height - 1}" rx="10" fill="#ffffff" stroke="#d0d7de"/>`,
    `<text x="${left + 14}" y="27" font-weight="bold">${title}</text>`,
    `<text x="${left + 14}" y="48">${percent(inZone)} in zone, <tspan fill="${colour}">busiest pod ${times(busiest)}</tspan></text>`,
    ...lines,
    ...clients,
    ...targets,
  ].join('\n');
}

const panels = [
  { title: 'Kubernetes, Auto: gives up', mode: 'Auto' },
  { title: 'PreferSameZone: overloads', mode: 'slicehints.io/same-zone' },
  { title: 'slicehints, Balanced', mode: 'slicehints.io/balanced' },
];
const width = panels.length * (PANEL.width + PANEL.gap) - PANEL.gap;
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${PANEL.height}" width="${width}" height="${PANEL.height}" role="img" aria-labelledby="t" font-family="system-ui, sans-serif" font-size="14" fill="#24292f">
<title id="t">Five pods in three zones: the traffic of each zone and the load of each pod under Auto, PreferSameZone and Balanced</title>
${panels.map(panel).join('\n')}
</svg>
`;

if (process.argv.includes('--check')) {
  if (readFileSync(at(TARGET), 'utf8') !== svg) {
    console.error(`${TARGET} is out of date: npm run docs:pictures`);
    process.exit(1);
  }
} else {
  writeFileSync(at(TARGET), svg);
}
