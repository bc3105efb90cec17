// How fast 1, 2, … replicas with the same number of shards write every Service once, on this machine: all slices change at
// once, when the shards are shared in equal numbers and everything is written. The server has a process of its own.
import { ServedCluster, sleep, until } from './processes.mjs';

const ROUNDS = 3;

/** Seconds of each round, for one number of replicas. */
async function measure({ replicas, shards, size, writeMs, entry, nodeOptions, flags }) {
  const cluster = new ServedCluster();
  try {
    await cluster.serve({ ...size, writeMs });
    const servers = ['--metrics-bind-address=0', '--health-probe-bind-address=0', '--log-level=error'];
    for (let i = 0; i < replicas; i++) {
      const own = [`--shards=${shards}`, ...servers, ...flags];
      cluster.start({ entry, nodeOptions, flags: own }).stdout.resume();
    }
    await until(cluster.allHinted);
    await until(async () => {
      const { leases } = await cluster.ask({ leases: true });
      const holders = Object.keys(leases).flatMap((name) => (name.includes('-shard-') ? [leases[name]] : []));
      const counts = [...new Set(holders)].map((one) => holders.filter((holder) => holder === one).length);
      return counts.length === replicas && Math.max(...counts) - Math.min(...counts) <= 1;
    });
    // Changes that follow closely on each other are held together.
    const seconds = [];
    for (let round = 0; round < ROUNDS; round++) {
      await sleep(2000);
      seconds.push((await cluster.ask({ burst: true })).burst);
    }
    return seconds;
  } finally {
    cluster.stop();
  }
}

/** Prints a line for each number of replicas. */
export async function benchShards({ mostReplicas, shards, size, ...common }) {
  console.log(`${shards} shards; every slice of ${size.services} Services changes at once, best of ${ROUNDS}\n`);
  let first;
  for (let replicas = 1; replicas <= mostReplicas; replicas++) {
    const seconds = await measure({ replicas, shards, size, ...common });
    const rate = size.services / Math.min(...seconds);
    first ??= rate;
    const each = seconds.map((one) => one.toFixed(2)).join(', ');
    console.log(
      `${String(replicas).padStart(2)} replicas ${rate.toFixed(0).padStart(8)} Services/s, ${(rate / first).toFixed(2)} times one (${each} s)`,
    );
  }
}
