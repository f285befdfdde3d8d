// Small helpers on the page's elements.

export function $(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) {
    throw new Error(`the page has no #${id}`);
  }
  return found;
}

/** Sets a text only where it differs: an element that stays as it is costs nothing. */
export function put(node: Element | null | undefined, text: string): void {
  if (node && node.textContent !== text) {
    node.textContent = text;
  }
}

export function el(tag: string, className = '', ...children: (Node | string)[]): HTMLElement {
  const node = document.createElement(tag);
  if (className) {
    node.className = className;
  }
  node.append(...children);
  return node;
}

export type Cell = string | Node | [className: string, content: string | Node];

/** A table whose first row is its head, and whose first column names its rows. */
export function table(caption: string, heads: Cell[], rows: Cell[][]): HTMLElement {
  const cell = (c: Cell, tag: string) => (Array.isArray(c) ? el(tag, c[0], c[1]) : el(tag, '', c));
  const line = (cells: Cell[], head: boolean) =>
    el('tr', '', ...cells.map(c => cell(c, head && c !== '' ? 'th' : 'td')));
  const made = el('table', '', line(heads, true), ...rows.map(r => line(r, false)));
  made.setAttribute('aria-label', caption);
  return made;
}

/** Makes the children of an element those that are wanted; what is the same stays, and with it what
 * is selected there, where it is scrolled to, and what the browser has laid out. */
export function fill(parent: Element, wanted: Node[]): void {
  const old = [...parent.childNodes];
  old.slice(wanted.length).forEach(node => node.remove());
  wanted.forEach((node, i) => {
    const here = old[i];
    if (!here) {
      parent.append(node);
    } else if (!here.isEqualNode(node)) {
      change(here, node);
    }
  });
}

function change(here: Node, wanted: Node): void {
  if (here instanceof Text && wanted instanceof Text) {
    here.data = wanted.data;
  } else if (here instanceof Element && wanted instanceof Element &&
    here.cloneNode(false).isEqualNode(wanted.cloneNode(false))) {
    fill(here, [...wanted.childNodes]);
  } else {
    here.parentNode?.replaceChild(wanted, here);
  }
}
