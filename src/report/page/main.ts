import { startOf, type Controls } from '../controls.js';
import { counted, imagined, percent, times } from '../format.js';
import { unpackCluster } from '../packedCluster.js';
import { DATA_ELEMENT, type ReportData } from '../reportData.js';
import { ReportPlanner, type ReportModel } from '../reportModel.js';
import type { ClusterWork } from '../clusterWork.js';
import { measuredRows } from '../measuredRows.js';
import { adviceFor, adviceTable } from './adviceSection.js';
import { measuredSection } from './measuredSection.js';
import { lossTable, lossTables } from './lossSection.js';
import { ControlForm, type Offer } from './controlForm.js';
import { element, keyOfHash } from './elements.js';
import { reasonSection } from './reasonSection.js';
import { servicePage } from './servicePage.js';
import { ServiceTable } from './serviceTable.js';
import { summarySection } from './summarySection.js';
import { zoneSection } from './zoneSection.js';

/** A reader who stops for so long is reading. */
const PAUSE_MS = 250;
const MOST_LINES = 200;
/** Between two frames. */
const SLICE_MS = 12;

/** The page: one model, drawn as the overview or as a Service, again for each position of the controls. */
class ReportPage {
  readonly #data: ReportData;
  readonly #start: Controls;
  #planner: ReportPlanner;
  #model: ReportModel;
  readonly #form: ControlForm;
  readonly #table = new ServiceTable();
  readonly #content = element('div', { class: 'content' });
  readonly #status = element('p', { role: 'status', class: 'visually-hidden' });
  readonly #problem = element('p', { role: 'alert', class: 'problem', hidden: true });
  readonly #losses = element('div');
  readonly #advice = element('div');
  readonly #log = element('div', { class: 'log', role: 'log', 'aria-label': 'What happens', tabindex: 0 });
  #asked: Controls | undefined;
  #stopWork: () => void = () => undefined;

  constructor(data: ReportData) {
    const { controls, fixed } = startOf(data.settings, data.changes);
    this.#data = data;
    this.#start = controls;
    this.#planner = new ReportPlanner(unpackCluster(data.cluster), data.settings, fixed);
    this.#model = this.#planner.modelFor(controls);
    this.#form = new ControlForm(controls, this.#offer(), (position) => this.#ask(position));
    document.body.append(
      element('a', { class: 'skip', href: '#content' }, 'Skip to the report'),
      this.#header(),
      element(
        'div',
        { class: 'page' },
        element('aside', { 'aria-label': 'Controls' }, this.#form.form, this.#problem),
        element('main', { id: 'content', tabindex: -1 }, this.#content),
      ),
      this.#status,
      element('footer', {}, 'Made by slicehints: the planner of the controller runs in this page; nothing leaves it.'),
    );
    window.addEventListener('hashchange', () => this.#route());
    window.addEventListener('beforeprint', () => this.#table.showAll());
    if (data.live === true) this.#follow();
    this.#draw();
  }

  /** A sandbox sends its cluster after each change, and a line for each thing that happens. */
  #follow(): void {
    const events = new EventSource('events');
    events.addEventListener('cluster', ({ data }: MessageEvent<string>) => {
      const { cluster, settings } = JSON.parse(data) as ReportData;
      this.#planner = new ReportPlanner(unpackCluster(cluster), settings, this.#planner.fixed);
      this.#form.offer(this.#offer());
      this.#replan(this.#form.controls);
    });
    events.addEventListener('line', ({ data }: MessageEvent<string>) => {
      this.#log.append(element('p', {}, JSON.parse(data) as string));
      while (this.#log.childElementCount > MOST_LINES) this.#log.firstElementChild?.remove();
      this.#log.scrollTop = this.#log.scrollHeight;
    });
    // After a reconnection all lines come again.
    events.addEventListener('open', () => this.#log.replaceChildren());
  }

  #header(): HTMLElement {
    const { title, madeAt, version, anonymised, notes } = this.#data;
    const words = [
      ...(title === '' ? [] : [title]),
      madeAt.replace('T', ' ').replace(/:\d\d(\.\d+)?Z$/, ' UTC'),
      `slicehints ${version}`,
      ...(anonymised ? ['names are pseudonyms'] : []),
    ];
    return element(
      'header',
      {},
      element('h1', {}, 'Topology hints'),
      element('p', {}, words.join(' · ')),
      ...(notes.length === 0
        ? []
        : [
            element(
              'details',
              {},
              element('summary', {}, counted(notes.length, 'note on the input', 'notes on the input')),
              element('ul', {}, ...notes.map((note) => element('li', {}, `${note}.`))),
            ),
          ]),
    );
  }

  #offer(): Offer {
    const { zones, services } = this.#planner.offer();
    return { zones, services };
  }

  /** Positions that come faster than the page is drawn are passed over but for the last. */
  #ask(controls: Controls): void {
    const isWaiting = this.#asked !== undefined;
    this.#asked = controls;
    if (isWaiting) return;
    setTimeout(() => {
      const asked = this.#asked;
      this.#asked = undefined;
      if (asked !== undefined) this.#replan(asked);
    });
  }

  #replan(controls: Controls): void {
    const from = performance.now();
    try {
      this.#model = this.#planner.modelFor(controls);
      this.#problem.hidden = true;
    } catch (error) {
      // What cannot be applied to this cluster, a Service without slices that is scaled, say.
      this.#problem.textContent = `${error instanceof Error ? error.message : String(error)}.`;
      this.#problem.hidden = false;
      return;
    }
    this.#draw();
    performance.measure('redraw', { start: from, end: performance.now() });
    const { inZoneShare, busiest } = this.#model.planned;
    this.#status.textContent =
      inZoneShare === undefined
        ? 'Planned: no traffic'
        : `Planned: ${percent(inZoneShare)} in zone, busiest endpoint ${times(busiest?.load ?? 0)}`;
  }

  #route(): void {
    this.#draw();
    window.scrollTo(0, 0);
    document.getElementById('service-title')?.focus({ preventScroll: true });
  }

  /** Audits and recommends when the reader pauses, a slice at a time, so that the controls stay quick. */
  #startWork(service: string | undefined): void {
    this.#stopWork();
    const waiting = element('p', { class: 'waiting' }, 'Working it out …');
    this.#losses.replaceChildren(waiting);
    this.#advice.replaceChildren(waiting.cloneNode(true));
    document.documentElement.dataset['working'] = 'true';
    let work: ClusterWork | undefined;
    const run = (): void => {
      work ??= this.#planner.workOn(this.#model, service);
      const until = performance.now() + SLICE_MS;
      let more = true;
      while (more && performance.now() < until) more = work.step();
      if (more) {
        waiting.textContent = `Working it out: ${work.done} of ${work.total} Services`;
        timer = setTimeout(run);
        return;
      }
      const [audit] = work.audits;
      const [recommendation] = work.recommendations;
      if (service === undefined) {
        this.#losses.replaceChildren(...lossTables(work.audits));
        this.#advice.replaceChildren(...adviceTable(work.recommendations));
      } else if (audit !== undefined && recommendation !== undefined) {
        this.#losses.replaceChildren(lossTable(audit));
        this.#advice.replaceChildren(...adviceFor(recommendation));
      }
      delete document.documentElement.dataset['working'];
    };
    let timer = setTimeout(run, PAUSE_MS);
    this.#stopWork = () => clearTimeout(timer);
  }

  #draw(): void {
    const model = this.#model;
    const key = keyOfHash(location.hash);
    const detail = key === undefined ? undefined : this.#planner.detailOf(key, model);
    if (key !== undefined) {
      this.#content.replaceChildren(
        detail === undefined
          ? element(
              'p',
              {},
              `There is no Service ${key} in this report. `,
              element('a', { href: '#/' }, 'All Services'),
            )
          : servicePage(detail, model, this.#losses, this.#advice),
      );
    } else {
      this.#table.show(model);
      const measured = measuredRows(model);
      this.#content.replaceChildren(
        ...(this.#data.live === true ? [workSection('log-title', 'What happens', this.#log)] : []),
        summarySection(model, imagined(model.controls, this.#start, this.#planner.fixed)),
        zoneSection(model),
        this.#table.section,
        reasonSection(model.summary.groups),
        ...(measured.length === 0 ? [] : [measuredSection(measured)]),
        workSection('losses-title', 'When a zone is lost', this.#losses),
        workSection('advice-title', 'Recommendations', this.#advice),
      );
    }
    this.#startWork(detail === undefined ? undefined : key);
    document.title = key === undefined ? 'Topology hints' : `${key} – Topology hints`;
    document.documentElement.dataset['redraws'] = String(Number(document.documentElement.dataset['redraws'] ?? 0) + 1);
  }
}

function workSection(id: string, title: string, content: HTMLElement): HTMLElement {
  return element('section', { 'aria-labelledby': id }, element('h2', { id }, title), content);
}

const data = JSON.parse(document.getElementById(DATA_ELEMENT)?.textContent ?? 'null') as ReportData;
new ReportPage(data);
