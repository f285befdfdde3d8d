// The hand-over: one page for the next watch, to read or to print. What is live, what is out, what
// is held, and what was ordered, with reasons.
import { $, el, put, table, type Cell } from './dom';
import { sensorError } from './bar';
import { hms, local, seconds, span } from './format';
import { happeningOrder, signedInAs } from './officer';
import { now, nowText, present } from './store';
import { duty, sentence, untold } from './tell';
import type { Event, Picture } from './types';
import { domainName, nationName, placeName, t, told, type Key } from './words';

const WATCH_S = 12 * 3600; // orders of so long are told
const SILENT_S = 30;

interface Ordered {
  time: string;
  order: string;
  by: string;
  name: string;
  into: string;
  nation: string | null;
  reason: string;
}

const none = (): HTMLElement => el('p', 'dim', t('handNone'));

function part(title: Key, heads: Cell[], rows: Cell[][]): Node[] {
  return [el('h2', '', t(title)), rows.length ? table(t(title), heads, rows) : none()];
}

function live(p: Picture): Node[] {
  const rows = p.events.filter(e => !e.over).map((e): Cell[] => [
    ['wide', sentence(e)],
    ['wide', duty(e).text],
    e.acknowledged ? `${e.acknowledged_by}, ${hms(e.acknowledged)}` : ['bad', t('handUnread')],
  ]);
  return part('handLive', [t('handEvent'), t('handMeans'), t('ackBy')], rows);
}

function warnings(p: Picture): Node[] {
  const rows = p.events.filter(e => e.warning.in_force).map((e): Cell[] => [
    e.name,
    `${e.warning.serial}, ${told(e.warning.state)}`,
    e.warning.expires ? hms(e.warning.expires) : '–',
    ['wide', e.warning.areas.map(placeName).join(', ')],
    untold(e) ? ['bad', untold(e)]
      : [e.told ? t('handAll') : '–', e.approved_by.join(', ')].filter(x => x).join(' · '),
  ]);
  return part('handWarnings',
    [t('handEvent'), t('state'), t('handUntil'), t('underWarning'), t('outlets')], rows);
}

function out(p: Picture): Node[] {
  const links = p.links.filter(l => !l.up && !l.apart).map((l): Cell[] => [
    nationName(l.partner), t('down'), l.silent_s === null ? t('never') : span(l.silent_s),
  ]);
  const sensors = p.sensors
    .filter(s => s.silent_s === null || s.silent_s > SILENT_S || s.error !== 'none')
    .map((s): Cell[] => [
      s.id,
      s.error === 'none' ? t('handSilent') : sensorError(s),
      s.silent_s === null ? t('never') : span(s.silent_s),
    ]);
  const health = (p.health ?? []).map((h): Cell[] => [
    t(h.alarm ? 'alarm' : 'lookAt'), ['wide', h.what], span(now() - seconds(h.since)),
  ]);
  return part('handOut', ['', t('state'), t('silent')], [...links, ...sensors, ...health]);
}

function held(p: Picture): Node[] {
  const all = p.links.filter(l => l.held).map((l): Cell[] => [
    t('allEvents'), nationName(l.partner),
  ]);
  const some = p.events.filter(e => e.held.length).map((e: Event): Cell[] => [
    e.name, e.held.map(nationName).join(', '),
  ]);
  return part('handHeld', [t('handEvent'), t('whichNation')], [...all, ...some]);
}

function orders(list: Ordered[]): Node[] {
  const rows = list.filter(o => now() - seconds(o.time) <= WATCH_S).map((o): Cell[] => [
    hms(o.time),
    o.by,
    t(happeningOrder(o.order)),
    [o.name || t('allEvents'), o.into, o.nation ? nationName(o.nation) : '']
      .filter(x => x).join(' · '),
    ['wide', o.reason],
  ]);
  return part('handOrders',
    [t('handTime'), t('officerName'), t('handOrder'), t('handEvent'), t('handReason')], rows);
}

export async function showHandover(): Promise<void> {
  const p = present();
  if (!p) {
    return;
  }
  const answer = await fetch('orders');
  const list = answer.ok ? ((await answer.json()).orders as Ordered[]) : [];
  const head = `${domainName(p.domain)} · ${nationName(p.nation)} · ${t('handover')}`;
  const by = signedInAs();
  put($('handoverTitle'), head);
  put($('handoverPrint'), t('print'));
  put($('handoverClose'), t('close'));
  $('handoverText').replaceChildren(
    el('p', '', [`${nowText().slice(0, 10)} ${local(nowText(), p.nation)}`, by]
      .filter(x => x).join(' · ')),
    ...live(p), ...warnings(p), ...out(p), ...held(p), ...orders(list),
  );
  $('handoverPrint').onclick = () => print();
  $('handoverClose').onclick = hideHandover;
  $('handover').hidden = false;
  $('handoverText').focus();
}

export function hideHandover(): void {
  $('handover').hidden = true;
}
