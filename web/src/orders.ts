// What an officer may order about an event: the buttons of its card, the question for a reason, and
// the same on the command line.
import { $, el, put } from './dom';
import { has, hasOfficers, post, say, signedInAs, whyWords, type Role } from './officer';
import { events, present } from './store';
import { consent, waiting } from './tell';
import type { Event, Picture } from './types';
import { domainName, nationName, t, type Key } from './words';

const REASON_BYTES_MAX = 239;

export type Kind =
  | 'acknowledge' | 'false' | 'real' | 'space' | 'merge' | 'split' | 'hold' | 'release'
  | 'approve' | 'cancel' | 'warn';

interface Order {
  order: Kind;
  event?: string;
  into?: string;
  nation?: string;
  reason?: string;
}

const ROLE: Record<Kind, Role> = {
  acknowledge: 'watch', false: 'watch', real: 'watch', space: 'watch', merge: 'watch',
  split: 'watch', hold: 'release', release: 'release', approve: 'release', cancel: 'release',
  warn: 'release',
};
const KINDS: Kind[] = [
  'approve', 'cancel', 'warn', 'false', 'real', 'space', 'merge', 'split', 'hold', 'release',
];
/** What needs no reason: it says itself why. */
const PLAIN: Kind[] = ['acknowledge', 'approve'];

const others = (e: Event): Event[] =>
  (present()?.events ?? []).filter(x => x.id !== e.id && !x.withdrawn && !x.over);

/** What can be meant besides the event: another event, or a nation; '' = all. */
function choices(kind: Kind, e: Event | undefined, p: Picture): [value: string, text: string][] {
  const partners = p.links.map(l => l.partner);
  switch (kind) {
    case 'merge':
      return e ? others(e).map(x => [x.id, x.name]) : [];
    case 'split':
      return e && e.solutions.length > 1
        ? e.solutions.map(s => [s.nation, nationName(s.nation)]) : [];
    case 'hold':
    case 'release': {
      const held = (n: string) =>
        e ? e.held.includes(n) : Boolean(p.links.find(l => l.partner === n)?.held);
      const open = partners.filter(n => held(n) === (kind === 'release'));
      const all: [string, string][] = open.length > 1 ? [['', t('allPartners')]] : [];
      return [...all, ...open.map((n): [string, string] => [n, nationName(n)])];
    }
    default:
      return [['', '']];
  }
}

/** Whether the order would change anything now. */
function makesSense(kind: Kind, e: Event | undefined, p: Picture): boolean {
  if (kind === 'real') {
    return Boolean(e?.withdrawn && e.by_order);
  }
  if (kind === 'approve') {
    return Boolean(e && waiting(e).length && !e.approved_by.includes(signedInAs()));
  }
  if (kind === 'cancel') {
    return Boolean(e?.warning.in_force);
  }
  if (kind === 'warn') {
    return Boolean(e?.recalled);
  }
  if (kind !== 'hold' && kind !== 'release' && (!e || e.withdrawn)) {
    return false;
  }
  return !(kind === 'space' && e?.known_space) && choices(kind, e, p).length > 0;
}

async function give(order: Order): Promise<boolean> {
  const answer = await post('order', order);
  say(answer.ok ? t('orderDone') : whyWords(answer), !answer.ok);
  return answer.ok;
}

/** For the nation, where somebody of the watch is signed in; else it is this page's alone. */
export function acknowledgeForAll(ids: string[]): void {
  if (!has('watch')) {
    return;
  }
  for (const id of ids) {
    if (present()?.events.find(e => e.id === id)?.acknowledged === null) {
      void post('order', { order: 'acknowledge', event: id });
    }
  }
}

const size = (text: string): number => new TextEncoder().encode(text).length;

/** What it does, in words; of a warning also to whom it goes, and whether that is real. */
function means(kind: Kind, e: Event | undefined, p: Picture): string {
  return kind === 'approve' && e
    ? t('means_approve', domainName(p.domain), waiting(e).map(o => o.name).join(', '), consent(e))
    : t(`means_${kind}` as Key);
}

/** Asks for the reason, and for whom or what, then gives the order. */
function ask(kind: Kind, e: Event | undefined): void {
  const p = present();
  if (!p) {
    return;
  }
  const dialog = $('order') as HTMLDialogElement;
  const reason = $('orderReason') as HTMLInputElement;
  const which = $('orderWhich') as HTMLSelectElement;
  const go = $('orderGo') as HTMLButtonElement;
  const all = choices(kind, e, p);
  put($('orderTitle'), `${e ? e.name : t('allEvents')}: ${t(`order_${kind}` as Key)}`);
  put($('orderMeans'), means(kind, e, p));
  put($('orderWhichLabel'), t(kind === 'merge' ? 'sameAsWhich' : 'whichNation'));
  put($('orderReasonLabel'), t(PLAIN.includes(kind) ? 'remark' : 'reason'));
  put(go, t('confirm'));
  put($('orderNo'), t('leaveIt'));
  put($('orderSays'), '');
  which.replaceChildren(...all.map(([value, text]) => {
    const option = el('option', '', text) as HTMLOptionElement;
    option.value = value;
    return option;
  }));
  $('orderWhichRow').hidden = all.length === 1 && all[0]?.[0] === '';
  reason.value = '';
  reason.required = !PLAIN.includes(kind);
  const check = () => {
    const bytes = size(reason.value.trim());
    go.disabled = (bytes === 0 && !PLAIN.includes(kind)) || bytes > REASON_BYTES_MAX;
    put($('orderSays'), bytes > REASON_BYTES_MAX ? t('reasonLong') : '');
  };
  reason.oninput = check;
  check();
  ($('orderForm') as HTMLFormElement).onsubmit = async s => {
    s.preventDefault();
    const chosen = which.value;
    const latest = present()?.events.find(x => x.id === e?.id);
    if (kind === 'approve' && latest?.warning.began !== e?.warning.began) {
      put($('orderSays'), t('warningChanged')); // what was read is not what would go out
      return;
    }
    const order: Order = { order: kind, reason: reason.value.trim() };
    if (e) {
      order.event = e.id;
    }
    if (chosen) {
      order[kind === 'merge' ? 'into' : 'nation'] = chosen;
    }
    if (await give(order)) {
      dialog.close();
    }
  };
  $('orderNo').onclick = () => dialog.close();
  dialog.showModal();
  reason.focus();
}

let shown = '';

function button(kind: Kind, e: Event | undefined): HTMLElement {
  const b = el('button', '', t(`order_${kind}` as Key)) as HTMLButtonElement;
  b.type = 'button';
  b.disabled = !has(ROLE[kind]);
  b.title = b.disabled ? t('needsRole', t(`role_${ROLE[kind]}` as Key)) : '';
  b.onclick = () => ask(kind, e);
  return b;
}

/** The card's buttons; made anew only when they are others, so that none goes under a finger. */
export function showOrders(e: Event | undefined): void {
  const p = present();
  const box = $('orders');
  box.hidden = !hasOfficers() || !e || !p;
  if (!e || !p || box.hidden) {
    shown = '';
    return;
  }
  const kinds = KINDS.filter(k => makesSense(k, e, p));
  const wanted = JSON.stringify([
    e.id, e.name, kinds, t('order_false'), has('watch'), has('release'), others(e).length,
    e.solutions.map(s => s.nation),
  ]);
  if (wanted === shown) {
    return;
  }
  shown = wanted;
  const missing = [...new Set(kinds.map(k => ROLE[k]).filter(r => !has(r)))];
  const note = missing.length
    ? [el('p', 'dim', t('needsRole', missing.map(r => t(`role_${r}` as Key)).join(', ')))] : [];
  box.replaceChildren(...kinds.map(k => button(k, e)), ...note);
}

/** "/false AMBER reason", "/merge 3 1 reason", "/hold JPN reason": what is not named is the picked
 * event; without a reason it is asked for. False if nothing like that can be ordered. */
export function orderByCommand(kind: Kind, text: string, picked: string | null): boolean {
  const p = present();
  if (!p || !has(ROLE[kind])) {
    say(t('needsRole', t(`role_${ROLE[kind]}` as Key)), true);
    return Boolean(p && hasOfficers());
  }
  const words = text.trim().split(/\s+/).filter(w => w);
  const named = () => {
    const word = words[0]?.toUpperCase() ?? '';
    const found = events().find(e => e.id === word || (word.length > 2 && e.name.startsWith(word)));
    if (found) {
      words.shift();
    }
    return found;
  };
  const holds = kind === 'hold' || kind === 'release';
  const first = named();
  const e = first ?? (holds ? undefined : events().find(x => x.id === picked));
  const all = choices(kind, e, p);
  const other = kind === 'merge' ? named()?.id
    : all.find(([value]) => value && value === words[0]?.toUpperCase())?.[0];
  if (other && kind !== 'merge') {
    words.shift();
  }
  const reason = words.join(' ');
  const needs = kind === 'merge' || kind === 'split';
  if ((!e && !holds) || !makesSense(kind, e, p)) {
    return false;
  }
  if ((!reason && !PLAIN.includes(kind)) || size(reason) > REASON_BYTES_MAX || (needs && !other)) {
    ask(kind, e);
    return true;
  }
  const order: Order = { order: kind, reason };
  if (e) {
    order.event = e.id;
  }
  if (other) {
    order[kind === 'merge' ? 'into' : 'nation'] = other;
  }
  void give(order);
  return true;
}
