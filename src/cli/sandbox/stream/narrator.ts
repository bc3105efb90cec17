import { chooseMode } from '../../../hints/mode.js';
import type { Clock } from '../../../kube/clock.js';
import { parseObjectKey } from '../../../model/objectKey.js';
import { readService } from '../../../model/service.js';
import { faultText, type FaultSpec } from '../../../sandbox/faults/faultSpec.js';
import type { KubeObject } from '../../../sandbox/schema/kubeObject.js';
import type { ResourceName } from '../../../sandbox/schema/resources.js';
import type { SandboxApiServer } from '../../../sandbox/server/apiServer.js';
import type { StoreEvent } from '../../../sandbox/storage/storage.js';
import type { WriteRecord, WriteRequest } from '../../../sandbox/storage/writes.js';
import type { Paint } from '../../output/terminal.js';
import { describeWrite } from './describe.js';
import { LineLimiter } from './limiter.js';
import { percent, Traffic, trafficText, type Figures } from './traffic.js';
import { writerOf } from './writers.js';

interface Line {
  readonly wallMs: number;
  readonly who: string;
  readonly subject: string;
  readonly text: string;
  readonly traffic: string;
  /** The Service whose slices changed, with its figures before. */
  readonly service?: { readonly key: string; readonly before: Figures | undefined };
}

export interface NarratorOptions {
  readonly server: SandboxApiServer;
  readonly clock: Clock;
  readonly paint: Paint;
  readonly print: (line: string) => void;
}

const FOLLOWED: readonly ResourceName[] = [
  'endpointslices',
  'services',
  'pods',
  'nodes',
  'events',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
];
const WHO_WIDTH = 16;
const LINES_A_SECOND = 25;

/** Prints what happens in the stand-in server as it happens: who wrote, what, why, and what the traffic became. */
export class Narrator {
  readonly #options: NarratorOptions;
  readonly #limiter: LineLimiter<Line>;
  /** Records of writes whose change has not been delivered yet, by resource version. */
  readonly #records = new Map<number, WriteRecord>();
  readonly #figures = new Map<string, Figures | undefined>();
  /** One for each fault: a fault may strike every request. */
  readonly #strikes = new Map<string, LineLimiter<string>>();
  readonly traffic: Traffic;

  constructor(options: NarratorOptions) {
    this.#options = options;
    this.traffic = new Traffic(options.server.store);
    this.#limiter = new LineLimiter<Line>({
      clock: options.clock,
      lines: LINES_A_SECOND,
      print: (line) => this.#print(line),
      summarize: (lines) => this.#summarize(lines),
    });
  }

  /** Narrates from now on. @returns ends that, after a summary of what was held back */
  start(): () => void {
    const { store, history, faults } = this.#options.server;
    const stops = [
      this.traffic.follow(),
      history.onPush((record) => {
        if (FOLLOWED.includes(record.resource)) this.#records.set(record.resourceVersion, record);
      }),
      ...FOLLOWED.map((resource) => store.subscribe(resource, (event) => this.#committed(event))),
      faults.onFired((spec) => this.#struck(spec)),
    ];
    for (const key of this.traffic.services()) this.#figures.set(key, this.traffic.figures(key));
    return () => {
      stops.forEach((stop) => stop());
      for (const limiter of [...this.#strikes.values(), this.#limiter]) limiter.flush();
    };
  }

  /** The guard changed a write of another writer; where the write still changes something, its line comes next. */
  guardKept(slice: KubeObject, request: WriteRequest): void {
    const { namespace = '', name = '' } = slice.metadata;
    this.#add({
      who: 'guard',
      subject: `slice ${namespace}/${name}`,
      text: `keeps the hints that a write of ${writerOf(request)} leaves out`,
      traffic: '',
    });
  }

  #committed({ resourceVersion }: StoreEvent): void {
    const record = this.#records.get(resourceVersion);
    this.#records.delete(resourceVersion);
    const description = record === undefined ? undefined : describeWrite(record);
    if (record === undefined || description === undefined) return;
    const { subject, text, serviceKey } = description;
    const who = writerOf(record);
    if (record.resource !== 'endpointslices' || serviceKey === undefined) {
      this.#add({ who, subject, text, traffic: '' });
      return;
    }
    const before = this.#figures.get(serviceKey);
    const after = this.traffic.figures(serviceKey);
    this.#figures.set(serviceKey, after);
    const why = who === 'slicehints' ? `${this.#modeOf(serviceKey)}: ` : '';
    const traffic = trafficText(parseObjectKey(serviceKey).name, before, after);
    this.#add({ who, subject, text: `${why}${text}`, traffic, service: { key: serviceKey, before } });
  }

  #modeOf(serviceKey: string): string {
    const { namespace, name } = parseObjectKey(serviceKey);
    const service = this.#options.server.store.get('services', namespace, name);
    if (service === undefined) return 'no Service';
    const { mode } = chooseMode(readService(service));
    return mode === 'off' ? 'not opted in' : mode;
  }

  #struck(spec: FaultSpec): void {
    const fault = faultText(spec);
    const tell = (text: string): void => this.#add({ who: 'fault', subject: fault, text, traffic: '' });
    let limiter = this.#strikes.get(fault);
    if (limiter === undefined) {
      limiter = new LineLimiter<string>({
        clock: this.#options.clock,
        lines: 1,
        print: () => tell('strikes'),
        summarize: (held) => tell(`strikes ${grouped(held.length)} more ${held.length === 1 ? 'time' : 'times'}`),
      });
      this.#strikes.set(fault, limiter);
    }
    limiter.add(fault);
  }

  #add(line: Omit<Line, 'wallMs'>): void {
    this.#limiter.add({ ...line, wallMs: this.#options.clock.wallMs() });
  }

  #print({ wallMs, who, subject, text, traffic }: Line): void {
    const { paint, print } = this.#options;
    const time = paint('dim', new Date(wallMs).toISOString().slice(11, 23));
    const shown = traffic === '' ? '' : `  ${paint('bold', `[${traffic}]`)}`;
    print(`${time}  ${paint('cyan', who.padEnd(WHO_WIDTH))}  ${subject}  ${text}${shown}`);
  }

  /** `… 1,204 more: slicehints 1,200, in-tree 4; 500 Services 33 % → 71 % in zone` */
  #summarize(lines: readonly Line[]): void {
    const counts = new Map<string, number>();
    const before = new Map<string, Figures | undefined>();
    for (const { who, service } of lines) {
      counts.set(who, (counts.get(who) ?? 0) + 1);
      if (service !== undefined && !before.has(service.key)) before.set(service.key, service.before);
    }
    const writers = [...counts].sort((a, b) => b[1] - a[1]).map(([who, count]) => `${who} ${grouped(count)}`);
    const changed = [...before].flatMap(([key, was]) => {
      const is = this.traffic.figures(key);
      return is === undefined || is.steered === false
        ? []
        : [{ was: was?.inZoneShare ?? is.inZoneShare, is: is.inZoneShare }];
    });
    const mean = (shares: readonly number[]): string =>
      percent(shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length));
    const was = mean(changed.map((one) => one.was));
    const is = mean(changed.map((one) => one.is));
    const services = changed.length === 1 ? '1 Service' : `${grouped(changed.length)} Services`;
    const traffic =
      changed.length === 0 ? '' : `; ${services} ${was === is ? '' : `${was} → `}${is} in zone on average`;
    this.#options.print(`              … ${grouped(lines.length)} more: ${writers.join(', ')}${traffic}`);
  }
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
