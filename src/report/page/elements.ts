type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;
export type Child = Node | string;

/** Makes an element. Foreign text can only be text of it or the value of an attribute: nothing here parses HTML. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

/** The same in a picture. */
export function drawn<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function fill<E extends Element>(made: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children);
  return made;
}

/** A text with the value that it shows, in full. */
export function figure(name: string, value: number | undefined, text: string): HTMLElement {
  return element('span', { class: 'figure', 'data-figure': name, 'data-value': value ?? '' }, text);
}

/** A table that scrolls by itself where it is wider than the page. */
export function scrollable(label: string, table: HTMLTableElement): HTMLElement {
  return element('div', { class: 'scroll', role: 'region', 'aria-label': label, tabindex: 0 }, table);
}

/** @param numbers columns with numbers, which stand on the right as these do */
export function headRow(names: readonly string[], numbers: readonly string[] = []): HTMLTableSectionElement {
  const cells = names.map((name) =>
    element('th', { scope: 'col', class: numbers.includes(name) ? 'number' : undefined }, name),
  );
  return element('thead', {}, element('tr', {}, ...cells));
}

/** A link to the page of a Service. */
export function serviceLink(key: string): HTMLAnchorElement {
  return element('a', { href: hashOf(key) }, key);
}

const ROUTE = '#/service/';

export function hashOf(key: string): string {
  return `${ROUTE}${key.split('/').map(encodeURIComponent).join('/')}`;
}

/** The key of the Service whose page is asked for; undefined: the overview. */
export function keyOfHash(hash: string): string | undefined {
  if (!hash.startsWith(ROUTE)) return undefined;
  try {
    return hash.slice(ROUTE.length).split('/').map(decodeURIComponent).join('/');
  } catch {
    // A hash that somebody typed.
    return undefined;
  }
}
