import { DEMANDS, MODES, type Controls } from '../controls.js';
import { counted, DEMAND_WORDS, MODE_WORDS, percent } from '../format.js';
import { element } from './elements.js';

/** What the controls offer of a cluster. */
export interface Offer {
  readonly zones: readonly string[];
  /** `namespace/name` and the number of ready endpoints today. */
  readonly services: readonly { readonly key: string; readonly endpoints: number }[];
}

/** The controls of the page. Every change hands out the position of all of them. */
export class ControlForm {
  readonly form: HTMLFormElement;
  readonly #start: Controls;
  readonly #onChange: (controls: Controls) => void;
  readonly #mode = selectOf(
    'mode',
    MODES.map((mode): Option => [mode, MODE_WORDS[mode]]),
  );
  readonly #demand = selectOf(
    'demand',
    DEMANDS.map((demand): Option => [demand, DEMAND_WORDS[demand]]),
  );
  readonly #threshold = element('input', { type: 'range', id: 'threshold', min: 0, step: 0.05 });
  readonly #thresholdText = element('output', { for: 'threshold' });
  readonly #guard = element('input', { type: 'checkbox', id: 'guard' });
  readonly #zone = selectOf('without-zone', []);
  readonly #service = selectOf('scale-service', []);
  readonly #pods = element('input', { type: 'number', id: 'scale-pods', min: 0, max: 10_000, step: 1 });
  readonly #scaled = element('ul', { class: 'scaled', 'aria-label': 'Other numbers of pods' });
  #scale: Controls['scale'];
  #services: Offer['services'] = [];

  constructor(start: Controls, offer: Offer, onChange: (controls: Controls) => void) {
    this.#start = start;
    this.#onChange = onChange;
    this.#scale = start.scale;
    this.#threshold.max = String(Math.max(1, start.overloadThreshold));
    const reset = element('button', { type: 'button', id: 'reset' }, 'Reset');
    this.form = element(
      'form',
      { class: 'controls', 'aria-label': 'What if' },
      element('h2', {}, 'What if'),
      labelled('mode', 'Mode', this.#mode),
      labelled('threshold', 'Overload threshold', this.#threshold, this.#thresholdText),
      labelled('demand', 'Traffic comes from', this.#demand),
      labelled('without-zone', 'Zone that is gone', this.#zone),
      element(
        'fieldset',
        {},
        element('legend', {}, 'Pods of a Service'),
        labelled('scale-service', 'Service', this.#service),
        labelled('scale-pods', 'Pods', this.#pods),
        this.#scaled,
      ),
      element('p', { class: 'check' }, this.#guard, element('label', { for: 'guard' }, 'The guard is in force')),
      reset,
    );
    this.form.addEventListener('submit', (event) => event.preventDefault());
    for (const control of [this.#mode, this.#demand, this.#zone, this.#guard, this.#threshold]) {
      control.addEventListener('input', () => this.#changed());
    }
    this.#service.addEventListener('input', () => this.#showPods());
    this.#pods.addEventListener('input', () => this.#scaleTo());
    reset.addEventListener('click', () => {
      this.#scale = this.#start.scale;
      this.#set(this.#start);
      this.#changed();
    });
    this.offer(offer);
    this.#set(start);
    this.#drawScaled();
  }

  get controls(): Controls {
    return {
      mode: this.#mode.value as Controls['mode'],
      overloadThreshold: Number(this.#threshold.value),
      demand: this.#demand.value as Controls['demand'],
      guard: this.#guard.checked,
      withoutZone: this.#zone.value,
      scale: this.#scale,
    };
  }

  /** Other zones and Services, as a cluster that changes has them; what is chosen stays where it can. */
  offer({ zones, services }: Offer): void {
    const zone = this.#zone.value;
    const service = this.#service.value;
    this.#services = services;
    setOptions(this.#zone, [['', 'none'], ...zones.map((name): Option => [name, name])]);
    setOptions(
      this.#service,
      services.map(({ key }): Option => [key, key]),
    );
    if (zones.includes(zone)) this.#zone.value = zone;
    const keys = new Set(services.map(({ key }) => key));
    if (keys.has(service)) this.#service.value = service;
    this.#scale = this.#scale.filter((one) => keys.has(one.service));
    this.#showPods();
  }

  #set({ mode, overloadThreshold, demand, guard, withoutZone }: Controls): void {
    this.#mode.value = mode;
    this.#threshold.value = String(overloadThreshold);
    this.#demand.value = demand;
    this.#guard.checked = guard;
    this.#zone.value = withoutZone;
    this.#showThreshold();
    this.#showPods();
  }

  #changed(): void {
    this.#showThreshold();
    this.#drawScaled();
    this.#onChange(this.controls);
  }

  #showThreshold(): void {
    this.#thresholdText.textContent = percent(Number(this.#threshold.value));
    this.#threshold.setAttribute('aria-valuetext', `${this.#thresholdText.textContent} above the mean`);
  }

  #showPods(): void {
    const key = this.#service.value;
    const own = this.#scale.find(({ service }) => service === key)?.replicas;
    const today = this.#services.find((one) => one.key === key)?.endpoints ?? 0;
    this.#pods.value = String(own ?? today);
    this.#pods.disabled = key === '';
  }

  #scaleTo(): void {
    const service = this.#service.value;
    const replicas = this.#pods.valueAsNumber;
    if (service === '' || !this.#pods.validity.valid || Number.isNaN(replicas)) return;
    this.#scale = [...this.#scale.filter((one) => one.service !== service), { service, replicas }];
    this.#changed();
  }

  #drawScaled(): void {
    this.#scaled.replaceChildren(
      ...this.#scale.map(({ service, replicas }) => {
        const undo = element('button', { type: 'button', 'aria-label': `As today: ${service}` }, '×');
        undo.addEventListener('click', () => {
          this.#scale = this.#scale.filter((one) => one.service !== service);
          this.#showPods();
          this.#changed();
          this.#service.focus();
        });
        return element('li', {}, `${service}: ${counted(replicas, 'pod', 'pods')} `, undo);
      }),
    );
    this.#scaled.hidden = this.#scale.length === 0;
  }
}

type Option = readonly [string, string];

function selectOf(id: string, options: readonly Option[]): HTMLSelectElement {
  const select = element('select', { id });
  setOptions(select, options);
  return select;
}

function setOptions(select: HTMLSelectElement, options: readonly Option[]): void {
  select.replaceChildren(...options.map(([value, words]) => element('option', { value }, words)));
}

function labelled(id: string, words: string, ...controls: readonly HTMLElement[]): HTMLElement {
  return element('p', {}, element('label', { for: id }, words), ...controls);
}
