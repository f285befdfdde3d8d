// What always stands on top: the domain, the clock, links, the node's health, a line an event.
import { $, el, fill, put } from './dom';
import { local, roughly, seconds, span } from './format';
import { isSalvo } from './picture';
import { events, lensOf, now, nowText, picture, present, replaying } from './store';
import { duty, sentence } from './tell';
import type { Event, Health, Link, Picture, Sensor } from './types';
import { domainName, nationName, t, told } from './words';

const LINES_MAX = 3; // of a salvo, and the picked one; the rest is counted

export const domainWord = (p: Picture): string => domainName(p.domain);

/** The icon has the domain's colour and shape, so that tabs are told apart. */
function showIcon(domain: string): void {
  const icon = $('icon') as HTMLLinkElement;
  const wanted = `icon.svg#${domain}`;
  if (!icon.href.endsWith(wanted)) {
    icon.href = wanted;
  }
}

function linkWords(l: Link): string {
  const way = t('byWayOf', l.via ?? t('others'));
  const silent = l.silent_s === null ? '' : ' ' + span(l.silent_s);
  const words = l.up ? t('up') : l.apart ? way : t('down') + silent + (l.via ? `, ${way}` : '');
  const missing = l.missing ? ', ' + t('missing', l.missing) : '';
  const held = l.held ? ` · ${t('heldFrom', l.partner)}` : '';
  return `${l.up ? '●' : l.apart ? '○' : '✕'} ${l.partner} ${words}${missing}${held}`;
}

function showLinks(p: Picture): void {
  fill(
    $('links'),
    p.links.map(l => {
      const node = el('span', (l.up || l.apart) && !l.held ? '' : 'bad', linkWords(l));
      node.title =
        `sent ${l.sent}, acknowledged ${l.acknowledged}, received ${l.received}, ` +
        `relayed ${l.relayed}, missing ${l.missing}, refused ${l.refused}`;
      return node;
    }),
  );
}

/** What is found to be wrong with a sensor, in words. */
export function sensorError(s: Sensor): string {
  const unit = { range: 'm', azimuth: 'mrad', elevation: 'mrad', clock: 'ms' }[s.error];
  if (!unit) {
    return `${s.id} ${s.error}`;
  }
  const number = (x: number) => (unit === 'm' ? x : x * 1e3).toFixed(1);
  const sign = s.error_value > 0 ? '+' : '';
  const value = `${sign}${number(s.error_value)} ± ${number(s.error_sigma)} ${unit}`;
  return `${s.id} ${s.error} off by ${value}`;
}

function counts(p: Picture): string {
  const up = p.sensors.filter(s => s.silent_s !== null && s.silent_s < 30).length;
  const o = p.observations;
  const faults = p.sensors.filter(s => s.error !== 'none').map(sensorError);
  const rejected = p.sensors
    .filter(s => s.rejected > 0)
    .map(s => `${s.id} ${s.rejected} rejected, last as ${s.rejected_last}`);
  const relayed = p.records.relayed;
  return [
    t('sensorsUp', up, p.sensors.length), ...faults, ...rejected,
    t('observations', o.used, o.unassociated, o.rejected),
    t('records', p.records.released, p.records.withheld),
    ...(relayed.passed_on ? [`${relayed.passed_on} passed on for partners`] : []),
    ...(relayed.taken ? [`${relayed.taken} taken by way of another`] : []),
    `tracks without event ${p.tracks.length}, ` +
      `${p.tracks.filter(x => x.class === 'not ballistic').length} not ballistic`,
  ].join(' · ');
}

function healthLine(h: Health): HTMLElement {
  const what = t('forHow', h.what, roughly(now() - seconds(h.since)));
  return el(
    'li', h.alarm ? 'alarm' : '',
    el('b', '', t(h.alarm ? 'alarm' : 'lookAt')), el('span', '', what), el('span', 'todo', h.todo),
  );
}

/** What is wrong with the node itself: since when, and what to do. */
function showHealth(p: Picture): void {
  const lines = (p.health ?? []).map(healthLine);
  if (p.health_more) {
    lines.push(el('li', '', el('b', '', t('more', p.health_more)),
      el('span', 'todo', 'watchfire status tells them all')));
  }
  const list = $('health');
  if (list.textContent !== lines.map(l => l.textContent).join('')) {
    list.replaceChildren(...lines);
  }
}

const LENS_KEYS = (p: Picture): (string | null)[] =>
  [null, p.nation, ...p.links.map(l => l.partner)];

/** The nation after the one that is looked at alone, in turn with all together. */
export function nextLens(): string | null {
  const p = picture();
  const all = p ? LENS_KEYS(p) : [null];
  return all[(all.indexOf(lensOf()) + 1) % all.length] ?? null;
}

function showLens(p: Picture): void {
  const box = $('lens') as HTMLSelectElement;
  const all = LENS_KEYS(p).map(n => [n ?? '', n ? t('alone', n) : t('shared')] as const);
  if (box.textContent !== all.map(a => a[1]).join('')) {
    box.replaceChildren(
      ...all.map(([value, text]) => {
        const option = el('option', '', text) as HTMLOptionElement;
        option.value = value;
        return option;
      }),
    );
  }
  box.value = lensOf() ?? '';
  const note = $('lensNote');
  note.hidden = lensOf() === null;
  put(note, lensOf() ? t('aloneNote', nationName(lensOf() ?? '')) : '');
}

export function showBar(): void {
  const p = picture();
  const latest = present();
  if (!p || !latest) {
    return;
  }
  document.body.dataset.domain = latest.domain;
  document.body.dataset.replay = String(replaying());
  document.title = `${domainWord(latest)} · ${p.nation} · Watchfire`;
  showIcon(latest.domain);
  put($('domain'), domainWord(latest));
  put($('nation'), nationName(p.nation));
  put($('title'), p.clock.title);
  put($('note'), told(p.clock.note) + (p.journalled ? '' : ` ${t('notJournalled')}`));
  put($('clock'), `${nowText().slice(0, 10)} ${local(nowText(), p.nation)}`);
  const since = p.clock.start ? now() - seconds(p.clock.start) : null;
  put($('elapsed'), since === null ? '' : `T${since < 0 ? '−' : '+'}${span(Math.abs(since))}`);
  put($('counts'), counts(p));
  showLinks(p);
  showHealth(p);
  showLens(p);
}

const urgency = (e: Event): number => (e.warning.in_force ? 0 : e.over ? 2 : 1);

/** The events in the order of their lines: those that threaten first, those that are over last. */
export const ordered = (): Event[] => [...events()].sort((a, b) => urgency(a) - urgency(b));

function newLine(pick: (id: string) => void): HTMLElement {
  const parts = [el('b'), el('span', 'say'), el('span', 'do')];
  const button = el('button', '', ...parts) as HTMLButtonElement;
  button.type = 'button';
  button.onclick = () => pick(button.dataset.id ?? '');
  return el('li', '', button);
}

export function showEvents(picked: string | null, unread: Set<string>,
  pick: (id: string) => void): void {
  const p = present();
  if (!p) {
    return;
  }
  const list = $('events');
  const all = ordered();
  const salvo = isSalvo();
  const kept = salvo ? all.filter((e, i) => i < LINES_MAX || e.id === picked) : all;
  while (list.children.length > kept.length) {
    list.lastElementChild?.remove();
  }
  list.className = salvo || kept.length > 3 ? 'many' : '';
  const word = domainWord(p);
  kept.forEach((e, i) => {
    const item = list.children[i] ?? list.appendChild(newLine(pick));
    const button = item.firstElementChild as HTMLButtonElement;
    const d = duty(e);
    button.dataset.id = e.id;
    button.setAttribute('aria-pressed', String(e.id === picked));
    button.className = [
      e.id === picked ? 'picked' : '', e.over ? 'over' : '', unread.has(e.id) ? 'unread' : '',
    ].join(' ');
    put(button.children[0], word);
    put(button.children[1], sentence(e));
    (button.children[2] as HTMLElement).className = 'do ' + d.kind;
    put(button.children[2], d.text);
  });
  const rest = $('rest');
  rest.hidden = kept.length === all.length;
  const threats = all.filter(e => e.warning.in_force).length;
  put(rest, rest.hidden ? '' :
    `${t('salvo', all.length, threats)} · ${t('more', all.length - kept.length)}`);
}
