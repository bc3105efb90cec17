// What changes cost: npm run bench:churn [-- SEED ROUNDS] [--trace|--hourly]
// Replays seeded sequences of events three times: as the controller does, without the hold above the limit, and with
// stickiness off (every plan starts from endpoints without hints). With clients, demand is where they run, and each of
// their pods that comes, goes or moves is a step. --trace prints every step as tab-separated values instead of the table.
// Then nodes are replaced for hours, with zone hints alone and with node hints; --hourly: only that.
import { balanced } from '../dist/hints/strategies/balanced/strategy.js';
import { readCommandLine } from './commandLine.mjs';
import { decide } from './decide.mjs';
import { DEFAULT_SETTINGS } from '../dist/hints/settings.js';
import { endpointRecord, feel, feelNodes, nodeRecord, random } from './corpus.mjs';

const {
  seed: firstSeed,
  rounds,
  trace,
  hourly: hourlyOnly,
} = readCommandLine({ seed: 1, rounds: 20 }, ['trace', 'hourly']);
const PER_SLICE = 20;
const ZONES = ['a', 'b', 'c'];
const HELD = DEFAULT_SETTINGS.overloadThreshold + DEFAULT_SETTINGS.overloadHold;
/** As the controller has it: what is written is then left alone for so long, unless the limit breaks. */
const SETTLING_SECONDS = 60;
const namesOf = (hints) => hints && [hints.forZones, hints.forNodes ?? []].map((names) => names.join()).join(';');
/** A cluster and one Service in it. Steps change pods and nodes; `settle` plans and writes the hints. */
class World {
  constructor(seed, { pods, clients = 0, perZone = 3 }, { sticky, settings = {} }, note) {
    this.settings = settings;
    this.clients = [];
    this.next = random(seed);
    this.sticky = sticky;
    this.note = note;
    this.pods = [];
    this.created = 0;
    this.nodes = ZONES.flatMap((zone) =>
      Array.from({ length: perZone }, (_, n) => nodeRecord(`${zone}-${n}`, zone, 4 + 4 * this.int(3))),
    );
    for (let i = 0; i < pods; i++) this.add(true);
    for (let i = 0; i < clients; i++) this.clients.push({ zone: this.zone(this.clients) });
    this.settle(false);
  }

  int(below) {
    return Math.floor(this.next() * below);
  }

  /** Like the scheduler under a loose spread constraint: mostly the emptiest zone that still has nodes. */
  zone(pods = this.pods) {
    const open = ZONES.filter((zone) => this.nodes.some((node) => node.zone === zone));
    if (this.next() < 0.25) return open[this.int(open.length)];
    const size = (zone) => pods.filter((pod) => pod.zone === zone).length;
    return open.reduce((best, zone) => (size(zone) < size(best) ? zone : best));
  }

  add(ready, zone = this.zone()) {
    const number = this.created++;
    const fill = new Map();
    for (const pod of this.pods) fill.set(pod.slice, (fill.get(pod.slice) ?? 0) + 1);
    let slice = 0;
    while ((fill.get(slice) ?? 0) >= PER_SLICE) slice++;
    const pod = { ...endpointRecord(`10.0.${number >> 8}.${number & 255}`, zone, { ready }), slice, hints: undefined };
    this.pods.push(pod);
    return pod;
  }

  remove(pod) {
    this.pods.splice(this.pods.indexOf(pod), 1);
  }

  /** The parts of the zones by client pods; undefined without any: by CPU. Zones of nodes and of clients are covered. */
  shares() {
    if (this.clients.length === 0) return undefined;
    const zones = new Set([...this.nodes, ...this.clients].map(({ zone }) => zone));
    const count = (zone) => this.clients.filter((client) => client.zone === zone).length;
    return new Map([...zones].map((zone) => [zone, count(zone) / this.clients.length]));
  }

  settle(count = true) {
    const endpoints = this.pods.map((pod) => ({ ...pod, hints: this.sticky ? pod.hints : undefined }));
    const broken = this.busiest() > 1 + HELD + 1e-9;
    const { hints } = decide(balanced, {
      nodes: this.nodes,
      endpoints,
      sliceOf: endpoints.map(({ slice }) => slice),
      shares: this.shares(),
      settings: this.settings,
      settling: this.seconds - this.written < SETTLING_SECONDS,
    });
    const slices = new Set();
    let moved = 0;
    this.pods.forEach((pod, i) => {
      const before = namesOf(pod.hints);
      const after = namesOf(hints[i]);
      if (before === after) return;
      slices.add(pod.slice);
      if (before !== undefined && pod.ready) moved++;
      pod.hints = hints[i];
    });
    if (slices.size > 0) this.written = this.seconds;
    const felt = this.feel();
    if (count) this.note({ slices: slices.size, moved, broken, pods: this.pods.length, ...felt });
  }

  /** With node hints where there are some. */
  feel() {
    const zones = this.pods.map((pod) => pod.hints?.forZones ?? []);
    const names = this.pods.map((pod) => pod.hints?.forNodes ?? []);
    if (names.every((list) => list.length === 0)) return feel(this.nodes, this.pods, zones, this.shares());
    return feelNodes(this.nodes, this.pods, zones, names);
  }

  /** Whether nodes heed names or not. */
  busiest() {
    const zones = this.pods.map((pod) => pod.hints?.forZones ?? []);
    return Math.max(this.feel().busiest, feel(this.nodes, this.pods, zones, this.shares()).busiest);
  }
}

const EVENTS = {
  'rolling update of every pod': {
    pods: 12,
    run(world) {
      for (const old of [...world.pods]) {
        const pod = world.add(false);
        world.settle();
        pod.ready = true;
        world.settle();
        world.remove(old);
        world.settle();
      }
    },
  },
  'rolling update, 60 pods': {
    pods: 60,
    run(world) {
      EVENTS['rolling update of every pod'].run(world);
    },
  },
  'scale 3 to 30 to 3': {
    pods: 3,
    run(world) {
      while (world.pods.length < 30) {
        world.add(true);
        world.settle();
      }
      while (world.pods.length > 3) {
        world.remove(world.pods[world.int(world.pods.length)]);
        world.settle();
      }
    },
  },
  'drain of a zone': {
    pods: 15,
    run(world) {
      const zone = ZONES[world.int(3)];
      const gone = world.nodes.filter((node) => node.zone === zone);
      for (const node of gone) {
        world.nodes = world.nodes.filter((other) => other !== node);
        world.settle();
        for (const pod of world.pods.filter((one) => one.zone === zone).slice(0, 2)) {
          world.remove(pod);
          world.add(true);
          world.settle();
        }
      }
      for (const pod of world.pods.filter((one) => one.zone === zone)) {
        world.remove(pod);
        world.add(true);
        world.settle();
      }
    },
  },
  'nodes come and go': {
    pods: 12,
    run(world) {
      for (let i = 0; i < 20; i++) {
        if (world.next() < 0.5 || world.nodes.length < 6) {
          world.nodes = [...world.nodes, nodeRecord(`new-${i}`, ZONES[world.int(3)], 4 + 4 * world.int(3))];
        } else {
          const leaves = world.nodes[world.int(world.nodes.length)];
          const rest = world.nodes.filter((node) => node !== leaves);
          if (rest.some((node) => node.zone === leaves.zone)) world.nodes = rest;
        }
        world.settle();
      }
    },
  },
  'one pod in a crash loop': {
    pods: 7,
    run(world) {
      const pod = world.pods[world.int(world.pods.length)];
      for (let i = 0; i < 20; i++) {
        pod.ready = !pod.ready;
        world.settle();
      }
    },
  },
  'clients: rolling update of 30 pods': {
    pods: 12,
    clients: 30,
    run(world) {
      for (const old of [...world.clients]) {
        world.clients.push({ zone: old.zone });
        world.settle();
        world.clients.splice(world.clients.indexOf(old), 1);
        world.settle();
      }
    },
  },
  'clients: an autoscaler over a day, 10 to 60 pods': {
    pods: 12,
    clients: 10,
    run(world) {
      for (let minute = 0; minute < 24 * 60; minute += 5) {
        const load = (1 - Math.cos((2 * Math.PI * minute) / (24 * 60))) / 2;
        const wanted = Math.round(10 + 50 * load * (0.95 + 0.1 * world.next()));
        while (world.clients.length < wanted) {
          world.clients.push({ zone: world.zone(world.clients) });
          world.settle();
        }
        while (world.clients.length > wanted) {
          world.clients.splice(world.int(world.clients.length), 1);
          world.settle();
        }
      }
    },
  },
  'clients: move from zone to zone': {
    pods: 12,
    clients: 12,
    run(world) {
      for (const zone of ZONES) {
        for (const client of [...world.clients]) {
          if (client.zone === zone) continue;
          client.zone = zone;
          world.settle();
        }
      }
    },
  },
  'clients: a zone is lost and comes back': {
    pods: 12,
    clients: 12,
    run(world) {
      const zone = ZONES[world.int(3)];
      const others = ZONES.filter((other) => other !== zone);
      const lost = world.clients.filter((client) => client.zone === zone);
      lost.forEach((client, i) => {
        client.zone = others[i % others.length];
        world.settle();
      });
      for (const client of lost) {
        client.zone = zone;
        world.settle();
      }
    },
  },
};

const HOURS = 10;
const HOUR_SECONDS = 3600;
/** A node that leaves is replaced by one of the same size in its zone. */
const REPLACED_AFTER_SECONDS = 90;

/** Replaces a tenth of the nodes an hour, at random times, and settles at each step. */
function replaceNodes(world) {
  const perHour = world.nodes.length / 10;
  const steps = Array.from({ length: Math.round(HOURS * perHour) }, () => ({
    at: world.next() * HOURS * HOUR_SECONDS,
  })).sort((a, b) => a.at - b.at);
  let born = 0;
  while (steps.length > 0) {
    const { at, replaces, settles } = steps.shift();
    world.seconds = at;
    if (settles === true) {
      // The controller plans again when the time is over.
      if (at - world.written < SETTLING_SECONDS) continue;
    } else if (replaces === undefined) {
      const leaves = world.nodes[world.int(world.nodes.length)];
      if (world.nodes.filter(({ zone }) => zone === leaves.zone).length < 2) continue;
      world.nodes = world.nodes.filter((node) => node !== leaves);
      steps.push({ at: at + REPLACED_AFTER_SECONDS, replaces: leaves });
    } else {
      const { zone, cpuNano } = replaces;
      world.nodes = [...world.nodes, nodeRecord(`again-${String(born++).padStart(3, '0')}`, zone, cpuNano / 1e9)];
    }
    world.settle();
    if (world.written === at) steps.push({ at: at + SETTLING_SECONDS, settles: true });
    steps.sort((a, b) => a.at - b.at);
  }
}

/** Node churn by the hour, with zone hints alone and with node hints. */
function hourlyTable() {
  console.log('\n10 % of the nodes replaced an hour\n');
  console.log(
    '| nodes | pods | hints | writes an hour | of these while the limit was kept | most of them in an hour | within a minute | in zone, mean | busiest endpoint |',
  );
  console.log('|---|---|---|---|---|---|---|---|---|');
  for (const [perZone, pods] of [
    [3, 5],
    [4, 12],
    [10, 5],
    [10, 30],
    [20, 12],
  ]) {
    for (const useNodeHints of [false, true]) {
      const steps = [];
      const hours = [];
      const kept = [];
      let early = 0;
      for (let seed = firstSeed; seed < firstSeed + rounds; seed++) {
        const own = [];
        const how = { sticky: true, settings: { useNodeHints } };
        const world = new World(seed, { pods, perZone }, how, (felt) => own.push({ ...felt, at: world.seconds }));
        replaceNodes(world);
        const writes = own.filter(({ slices }) => slices > 0);
        for (let hour = 0; hour < HOURS; hour++) {
          const own = writes.filter(({ at }) => Math.floor(at / HOUR_SECONDS) === hour);
          hours.push(own.length);
          kept.push(own.filter(({ broken }) => !broken).length);
        }
        writes.forEach(({ at, broken }, i) => {
          if (i > 0 && at - writes[i - 1].at < 60 && !broken) early++;
        });
        steps.push(...own);
      }
      const mean = (list) => list.reduce((sum, one) => sum + one, 0) / list.length;
      const cells = [
        3 * perZone,
        pods,
        useNodeHints ? 'zones and nodes' : 'zones',
        mean(hours).toFixed(2),
        mean(kept).toFixed(2),
        Math.max(...kept),
        early,
        percent(mean(steps.map(({ inZone }) => inZone))),
        `${Math.max(...steps.map(({ busiest }) => busiest)).toFixed(2)}x`,
      ];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
}

const VARIANTS = {
  sticky: { sticky: true },
  'without hold': { sticky: true, settings: { overloadHold: 0 } },
  'not sticky': { sticky: false },
};

const percent = (part) => `${(part * 100).toFixed(1)} %`;
if (trace) console.log(['event', 'seed', 'variant', 'step', 'pods', 'slices', 'moved', 'inZone', 'busiest'].join('\t'));
else {
  console.log(`${rounds} runs of each event, seeds from ${firstSeed}; figures per step unless they say otherwise\n`);
  console.log(
    '| event | steps | | slices written | survivors moved | in zone, mean | in zone, least | busiest endpoint |',
  );
  console.log('|---|---|---|---|---|---|---|---|');
}
for (const [event, { run, ...size }] of hourlyOnly ? [] : Object.entries(EVENTS)) {
  for (const [variant, how] of Object.entries(VARIANTS)) {
    const steps = [];
    for (let seed = firstSeed; seed < firstSeed + rounds; seed++) {
      let step = 0;
      const world = new World(seed, size, how, (felt) => {
        steps.push(felt);
        if (!trace) return;
        const { slices, moved, inZone, busiest } = felt;
        const cells = [event, seed, variant, step++, felt.pods, slices, moved, inZone.toFixed(4), busiest.toFixed(4)];
        console.log(cells.join('\t'));
      });
      run(world);
    }
    if (trace) continue;
    const mean = (key) => steps.reduce((sum, step) => sum + step[key], 0) / steps.length;
    const cells = [
      variant === 'sticky' ? event : '',
      variant === 'sticky' ? Math.round(steps.length / rounds) : '',
      variant,
      mean('slices').toFixed(2),
      mean('moved').toFixed(2),
      percent(mean('inZone')),
      percent(Math.min(...steps.map(({ inZone }) => inZone))),
      `${Math.max(...steps.map(({ busiest }) => busiest)).toFixed(2)}x`,
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
if (!trace) hourlyTable();
