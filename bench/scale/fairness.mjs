// How long Services wait for their hints while a node has changed and those of another namespace, which are expensive to
// plan, are all planned anew.
import { freePort, scrape, ServedCluster, sleep, until } from './processes.mjs';

const SECONDS = 10;
const CHANGES = 20;

/** Prints the waits before and after the change of a node. */
export async function benchFairness({ expensive, size, writeMs, target, ...command }) {
  const storm = { storm: { changes: CHANGES, heartbeats: 0, seconds: SECONDS } };
  const cluster = new ServedCluster();
  const say = (what, { p50, p99, worst, unanswered }) =>
    console.log(
      `${what.padEnd(26)}p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, worst ${worst.toFixed(1)} ms, ${unanswered} unanswered`,
    );
  console.log(`${expensive} Services with 1,000 endpoints and four topology keys in another namespace\n`);
  try {
    await cluster.serve({ ...size, writeMs, expensive });
    const port = await freePort();
    const flags = [
      ...['--no-leader-elect', `--metrics-bind-address=127.0.0.1:${port}`, '--health-probe-bind-address=0'],
      ...command.flags,
    ];
    cluster.start({ ...command, flags }).stdout.resume();
    await until(cluster.allHinted);
    await sleep(5000);
    say('calm', (await cluster.ask(storm)).storm);
    const before = await scrape(port);
    await cluster.ask({ pool: { node: 0, pool: 'pool-1' } });
    const { storm: busy } = await cluster.ask(storm);
    const after = await scrape(port);
    say('after the node changed', busy);
    target(busy.worst < 1000 && busy.unanswered === 0, 'others wait less than a second');
    console.log(`${'plans meanwhile'.padEnd(26)}${after.plans - before.plans}`);
    console.log(`${'event-loop delay'.padEnd(26)}${after.loopMostMs.toFixed(0)} ms at the most`);
    target(after.loopMostMs < 250, 'the event loop is blocked for less than a quarter of a second');
  } finally {
    cluster.stop();
  }
}
