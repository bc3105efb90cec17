// The closed loop in virtual time: users call gates, gates call web, web calls cart, cart calls db. Where the pods of one tier
// are loaded is where the traffic of the next one comes from, so that hints change what is measured further on.
import { random } from '../corpus.mjs';
import { Cluster, Deployment, ZONES } from './cluster.mjs';
import { keyOf, Observer, reconcile } from './controller.mjs';
import { drawUsers } from './day.mjs';
import { Counters, TICK_SECONDS } from './prometheus.mjs';
import { POD_CAPACITY, route, withRetries } from './traffic.mjs';

const TIERS = ['web', 'cart', 'db'];
const OBSERVE_SECONDS = 60;
/** One answer in a hundred does not come, and in the second night none for half an hour. */
const LOST_ANSWERS = 0.01;
const OUTAGE_SECONDS = [26 * 3600, 26.5 * 3600];

/** One application: a Deployment that users reach, and a chain of Services. */
class Application {
  constructor(number, cluster, next) {
    const peak = POD_CAPACITY * 0.6 * (4 + 20 * next() ** 2);
    this.users = drawUsers(next, peak);
    this.links = [];
    let clients = new Deployment(`gate-${number}`, `10.${4 * number}`, cluster, { replicas: 4 });
    this.gate = clients;
    for (const [t, tier] of TIERS.entries()) {
      const fanOut = t === 0 ? 1 : 0.6 + 0.8 * next();
      const servers = new Deployment(`${tier}-${number}`, `10.${4 * number + t + 1}`, cluster, { replicas: 6 });
      this.links.push({
        clients,
        servers,
        fanOut,
        counters: new Counters(),
        refused: new Map(),
        seen: '',
        endpoints: '',
      });
      clients = servers;
    }
  }
}

/**
 * @param demand one of `DEMANDS`
 * @param note is called with each Service, each tick: what its traffic did, and what was written
 */
export function runWorld(demand, { seed, applications, days, noise }, note) {
  const next = random(seed);
  const noiseNext = random(seed ^ 0x51ed270b);
  const cluster = new Cluster(next);
  const apps = Array.from({ length: applications }, (_, number) => new Application(number, cluster, next));
  const deployments = apps.flatMap(({ gate, links }) => [gate, ...links.map(({ servers }) => servers)]);
  const observer = new Observer();
  let measuredVersion = 0;
  for (let seconds = 0; seconds < days * 86_400; seconds += TICK_SECONDS) {
    const pending = new Map();
    for (const deployment of deployments) {
      deployment.start(seconds);
      for (const { zone } of deployment.pending) pending.set(zone, (pending.get(zone) ?? 0) + 1);
    }
    for (const pod of cluster.scale(seconds, pending)) pod.owner.replace(pod, seconds);
    for (const app of apps) {
      let fresh = enter(app.users(seconds), app.gate);
      for (const link of app.links) {
        const { servers, counters, fanOut } = link;
        const amounts = new Map([...fresh].map(([zone, amount]) => [zone, amount * fanOut]));
        const felt = route(servers.pods, withRetries(amounts, link.refused));
        link.felt = felt;
        if (felt === undefined) break;
        link.refused = felt.refused;
        counters.add(felt.flows);
        fresh = served(servers.pods, felt.loads);
      }
      // Afterwards, so that loads are parallel to the pods that had them.
      app.gate.scale(gateLoads(app.gate, app.users(seconds)), seconds);
      for (const { servers, felt } of app.links) if (felt !== undefined) servers.scale([...felt.loads], seconds);
    }
    if (demand === 'measured' && seconds % OBSERVE_SECONDS === 0) {
      const isLost = noiseNext() < LOST_ANSWERS || (seconds >= OUTAGE_SECONDS[0] && seconds < OUTAGE_SECONDS[1]);
      observer.observe(isLost ? undefined : answer(apps, noise, noiseNext), seconds);
      measuredVersion++;
    }
    for (const { links } of apps) {
      for (const link of links) {
        const { servers, clients } = link;
        const endpoints = `${servers.version}`;
        const seen = [endpoints, clients.version, cluster.nodes.length, measuredVersion].join();
        let written = false;
        if (seen !== link.seen) {
          written = reconcile(demand, servers, clients, cluster.manifests, observer.at(seconds));
        }
        note({ seconds, felt: link.felt, written, samePods: endpoints === link.endpoints });
        link.seen = seen;
        link.endpoints = endpoints;
      }
    }
  }
}

/** Users reach pods of the zone that they come into, or those of all zones where it has none. */
function enter(users, gate) {
  const open = ZONES.filter((zone) => gate.pods.some((pod) => pod.ready && pod.zone === zone));
  const entered = new Map(ZONES.map((zone) => [zone, 0]));
  for (const [zone, amount] of users) {
    const targets = open.includes(zone) ? [zone] : open;
    for (const target of targets) entered.set(target, entered.get(target) + amount / targets.length);
  }
  return entered;
}

function gateLoads(gate, users) {
  const entered = enter(users, gate);
  const count = (zone) => gate.pods.filter((pod) => pod.ready && pod.zone === zone).length;
  return gate.pods.map((pod) => (pod.ready ? entered.get(pod.zone) / count(pod.zone) : 0));
}

/** What pods serve, by their zone. */
function served(pods, loads) {
  const sums = new Map(ZONES.map((zone) => [zone, 0]));
  pods.forEach(({ zone }, i) => sums.set(zone, sums.get(zone) + Math.min(loads[i], POD_CAPACITY)));
  return sums;
}

function answer(apps, noise, next) {
  const traffic = new Map();
  for (const { links } of apps) {
    for (const { servers, counters } of links) {
      const rates = counters.rates(noise, next);
      if (rates !== undefined) traffic.set(keyOf(servers.name), rates);
    }
  }
  return traffic;
}
