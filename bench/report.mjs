// How big a report of a large cluster is, and how long its page takes from a control to the new figures, in Chromium.
// npm run bench:report [-- --chromium=/usr/bin/chromium] [--endpoints=15000] [--services=500] [--nodes=300]
/* global document, Event, requestAnimationFrame -- of the page */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { bigCluster } from './bigCluster.mjs';

const { values } = parseArgs({
  options: {
    chromium: { type: 'string', default: '/usr/bin/chromium' },
    nodes: { type: 'string', default: '300' },
    services: { type: 'string', default: '500' },
    endpoints: { type: 'string', default: '15000' },
  },
});
const ROUNDS = 5;
/** Each is done from the state before it. */
const CONTROLS = [
  ['mode', '#mode', 'balanced'],
  ['mode', '#mode', ''],
  ['threshold', '#threshold', '0.4'],
  ['threshold', '#threshold', '0.2'],
  ['demand', '#demand', 'equal'],
  ['demand', '#demand', 'cpu'],
  ['dead zone', '#without-zone', 'eu-west-1a'],
  ['dead zone', '#without-zone', ''],
  ['pods', '#scale-pods', '7'],
  ['pods', '#scale-pods', '5'],
];

const folder = mkdtempSync(join(tmpdir(), 'slicehints-bench-'));
const browser = await chromium.launch({
  executablePath: values.chromium,
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  const { nodes, services, endpointSlices } = bigCluster({
    nodes: Number(values.nodes),
    services: Number(values.services),
    endpoints: Number(values.endpoints),
  });
  const [input, output] = [join(folder, 'cluster.json'), join(folder, 'report.html')];
  const items = [...nodes, ...services, ...endpointSlices];
  writeFileSync(input, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const binary = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
  execFileSync(process.execPath, [binary, 'report', '-f', input, '-o', output], { stdio: 'inherit' });
  console.log(
    `${values.nodes} nodes, ${values.services} Services, ${values.endpoints} endpoints: ${(statSync(output).size / 1e6).toFixed(2)} MB`,
  );
  const page = await browser.newPage();
  const session = await page.context().newCDPSession(page);
  // Time of the page's own thread: what other programs take of the machine does not count.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busySeconds = async () =>
    (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration').value;
  const start = Date.now();
  await page.goto(pathToFileURL(output).href);
  await page.waitForSelector('.tiles');
  console.log(`opened in ${Date.now() - start} ms`);
  const times = new Map();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, selector, value] of CONTROLS) {
      const from = await busySeconds();
      const took = await page.evaluate(
        ([where, text]) =>
          new Promise((resolve) => {
            const html = document.documentElement;
            const before = html.dataset.redraws;
            const clicked = performance.now();
            const control = document.querySelector(where);
            control.value = text;
            control.dispatchEvent(new Event('input', { bubbles: true }));
            // Until the frame with the new figures is on the screen.
            const look = () => {
              if (html.dataset.redraws === before) return void setTimeout(look);
              requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - clicked)));
            };
            look();
          }),
        [selector, value],
      );
      const own = times.get(name) ?? { wall: [], thread: [] };
      times.set(name, own);
      own.wall.push(took);
      own.thread.push(((await busySeconds()) - from) * 1000);
    }
  }
  const median = (list) => Math.round([...list].sort((a, b) => a - b)[list.length >> 1]);
  console.table(
    [...times].map(([control, { wall, thread }]) => ({
      control,
      'first ms': Math.round(wall[0]),
      'median ms': median(wall),
      'median ms of the page’s thread': median(thread),
    })),
  );
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
