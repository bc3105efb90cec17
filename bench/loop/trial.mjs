// One Service alone, with pods that stay and traffic that is given: what a step of demand and what noise do to its hints.
import { random } from '../corpus.mjs';
import { Cluster, Deployment, ZONES } from './cluster.mjs';
import { keyOf, Observer, reconcile } from './controller.mjs';
import { Counters, TICK_SECONDS } from './prometheus.mjs';
import { POD_CAPACITY, route, withRetries } from './traffic.mjs';

const OBSERVE_SECONDS = 60;
const UTILISATION = 0.6;
const FIXED = { isScaled: false };

/** Parts of the zones at random, each between 10 % and 80 %. */
export function drawShares(next) {
  for (;;) {
    const draws = ZONES.map(() => -Math.log(1 - next()));
    const total = draws.reduce((a, b) => a + b, 0);
    const shares = draws.map((draw) => draw / total);
    if (shares.every((share) => share >= 0.1 && share <= 0.8)) return shares;
  }
}

/**
 * Plans by measured demand for a while.
 * @param replicas of the Service; its clients are spread evenly
 * @param sharesAt from seconds to the parts of the zones
 * @param until hints stay as they are from then on
 * @param note is called each tick: what traffic did, and whether hints were written then
 */
export function runTrial({ seed, replicas, sharesAt, noise, seconds: end, until = end }, note) {
  const next = random(seed);
  const cluster = new Cluster(next);
  const clients = new Deployment('clients', '10.0', cluster, { replicas: 6, ...FIXED });
  const servers = new Deployment('servers', '10.1', cluster, { replicas, ...FIXED });
  const counters = new Counters();
  const observer = new Observer();
  const total = POD_CAPACITY * UTILISATION * replicas;
  let refused = new Map();
  for (let seconds = 0; seconds < end; seconds += TICK_SECONDS) {
    const amounts = new Map(sharesAt(seconds).map((share, z) => [ZONES[z], share * total]));
    const felt = route(servers.pods, withRetries(amounts, refused));
    ({ refused } = felt);
    counters.add(felt.flows);
    let written = false;
    if (seconds % OBSERVE_SECONDS === 0 && seconds < until) {
      const rates = counters.rates(noise, next);
      observer.observe(rates && new Map([[keyOf(servers.name), rates]]), seconds);
      written = reconcile('measured', servers, clients, cluster.manifests, observer.at(seconds));
    }
    note({ seconds, felt, written });
  }
}
