// The picked event in full: countdown, facts, places at risk, and each nation's own solution.
import { $, el, fill, table, type Cell } from './dom';
import { distance, freshness, hms, percent, seconds, size, span, when } from './format';
import { HALF_SCALE } from './flight';
import { colourOf } from './picture';
import { lensOf, now, picture } from './store';
import { apart, asOfNow, classWords, duty } from './tell';
import type { Event, Risk } from './types';
import { placeName, t, told } from './words';

function countdown(e: Event): Node[] {
  if (e.withdrawn) {
    return [el('div', 'count why', e.same_as ? t('sameAs', e.same_as) : t('withdrawn'))];
  }
  if (!e.impact) {
    const why = `${t('undetermined')}: ${told(e.impact_why)}`;
    return [el('h2', '', t('impact')), el('div', 'count why', why)];
  }
  const left = seconds(e.impact.time) - now();
  const spread = `± ${Math.ceil(e.impact.time_95_s)} s · ${hms(e.impact.time)}`;
  const head = t(left > 0 ? 'countImpact' : e.over ? 'countOver' : 'countPast');
  const rest = (left > 0 ? ' ' : ` ${t('ago')} `) + spread;
  return [
    el('h2', '', head),
    el('div', 'count', span(Math.abs(left)), el('small', '', rest)),
  ];
}

function firstSeen(e: Event): string {
  const seen = e.solutions
    .filter(s => s.track.first_detection)
    .sort((a, b) => (a.track.first_detection ?? '').localeCompare(b.track.first_detection ?? ''));
  const first = seen[0];
  return first ? `${first.nation}, ${hms(first.track.first_detection ?? '')}` : '–';
}

type Row = (key: string, value: string, className?: string) => void;

function trackFacts(e: Event, row: Row): void {
  const track = e.track;
  const nation = lensOf();
  const name = nation ? t('aloneTrack', nation) : t('commonTrack');
  if (!track) {
    row(name, told(e.track_why));
    return;
  }
  const bad = track.status === 'lost' && !e.over ? 'bad' : '';
  row(name, `${told(track.status)}, ${told(track.phase)}`, bad);
  const age = freshness(track, e.over);
  row(t('lastMeasured'), age.words, age.kind);
  row(t('firstSeen'), firstSeen(e));
  if (track.unresolved) {
    row(t('group'), t('unresolved'), 'bad');
  }
  const speed = Math.hypot(...track.velocity_kmps).toFixed(2);
  row(t('heightSpeed'), `${distance(Math.max(0, track.height_km))}, ${speed} km/s`);
}

function facts(e: Event): HTMLElement {
  const rows: Node[] = [];
  const row: Row = (k, v, c = '') => rows.push(el('dt', '', k), el('dd', c, v));
  if (e.coverage) {
    row(t('assumption'), e.coverage, 'bad');
  }
  trackFacts(e, row);
  if (e.acknowledged) {
    row(t('ackBy'), `${e.acknowledged_by}, ${hms(e.acknowledged)}`);
  }
  row(t('apogeeRange'), `${distance(e.apogee_km)}, ${distance(e.range_km)}`);
  if (e.class) {
    row(t('class'), classWords(e));
  }
  if (e.launch) {
    row(t('launch'), `${hms(e.launch.time)} ± ${Math.ceil(e.launch.time_95_s)} s`);
    if (e.launch.ellipse_95) {
      row(t('launch95'), size(e.launch.ellipse_95));
    }
  }
  if (e.impact) {
    row(t('impact95'), size(e.impact.ellipse_95));
    row(t('impact50'), size(e.impact.ellipse_95, HALF_SCALE));
  }
  (e.falls ?? []).forEach((f, i) => row(t('stageFalls', i + 1), when(f, '')));
  if (e.stays_up !== undefined) {
    row(t('endsNow'), when(e.ends_now, told(e.ends_now_why)));
    row(t('goesOn'), when(e.goes_on, told(e.goes_on_why)));
    row(t('staysUp'), percent(e.stays_up));
  }
  return el('dl', '', ...rows);
}

function key(text: string, nation: string): HTMLElement {
  const line = el('i', 'key');
  line.style.borderTopColor = colourOf(nation);
  return el('span', '', line, text);
}

function solutions(e: Event): Node[] {
  const rows = e.solutions.map((s): Cell[] => {
    const age = freshness(s.track, e.over);
    const words = s.track.status === 'lost' ? span(s.track.measured_s_ago) : age.words;
    return [
      key(s.via ? `${s.nation} ← ${s.via}` : s.nation, s.nation),
      s.contributes ? told(s.track.phase) : ['dim', t('notUsed')],
      [age.kind, s.track.status === 'lost' && !e.over ? `${told('lost')} ${words}` : words],
      ['n', s.impact ? size(s.impact.ellipse_95) : '–'],
      ['n', apart(s.impact, e.impact)],
    ];
  });
  const heads: Cell[] = [
    '', t('phase'), t('measured'), ['n', t('impact95')], ['n', t('apart')],
  ];
  const head = el('h2', '', t('byItself'));
  return [head, rows.length ? table(t('byItself'), heads, rows) : el('div', 'dim', t('nobody'))];
}

function risks(title: string, list: Risk[]): Node[] {
  if (!list.length) {
    return [];
  }
  const rows = list.map((a): Cell[] => {
    const left = a.overflight ? seconds(a.overflight) - now() : null;
    const abroad = a.nation && a.nation !== picture()?.nation ? ', ' + a.nation : '';
    return [
      ['wide', placeName(a) + abroad],
      ['n', a.impact_probability > 0 ? percent(a.impact_probability) : '–'],
      ['n', left === null ? '–' : left > 0 ? t('in', span(left)) : hms(a.overflight ?? '')],
      ['n', a.overflight ? distance(a.height_km ?? null) : '–'],
    ];
  });
  const heads: Cell[] = ['', ['n', t('placeImpact')], ['n', t('overflight')], ['n', t('height')]];
  return [el('h2', '', title), table(title, heads, rows)];
}

function warningLine(e: Event): Node[] {
  const w = e.warning;
  if (!w.serial || !w.time) {
    return [];
  }
  const text = w.in_force && w.expires
    ? t('inForce', w.serial, told(w.state), hms(w.time), hms(w.expires))
    : t('message', w.serial, told(w.state), hms(w.time));
  return [el('div', 'dim', text)];
}

/** Which people have been told, and what it waits for where they have not. */
function outlets(e: Event): Node[] {
  if (!e.told) {
    return [];
  }
  const { agreed } = e.told;
  const rows = e.told.outlets.map((o): Cell[] => {
    const waits = !o.ordered && e.warning.in_force;
    const state = o.taken ? `${hms(o.taken)} · ${o.receipt}`
      : o.ordered ? `${t('outSending')}: ${o.receipt}` : t(waits ? 'outWaits' : 'outNothing');
    return [
      ['wide', o.name],
      o.needs ? `${Math.min(agreed, o.needs)}/${o.needs}` : '–',
      [o.taken ? 'wide' : 'wide bad', state],
    ];
  });
  const names = e.approved_by.join(', ');
  const by = names ? [el('div', 'dim', `${t('agreedBy')}: ${names}`)] : [];
  return [
    el('h2', '', `${t('outlets')} · ${told(e.told.state)}`),
    table(t('outlets'), ['', t('outConsent'), t('outState')], rows), ...by,
  ];
}

/** Shows the event, or nothing. */
export function showPanel(e: Event | undefined): void {
  if (!e) {
    fill($('details'), []);
    return;
  }
  const warned = e.warning.areas.map(a => asOfNow(e, a));
  fill($('details'), [
    el('h2', '', e.name + (e.over ? ` · ${t('over')}` : '')),
    ...warningLine(e),
    ...outlets(e),
    ...countdown(e),
    facts(e),
    ...(duty(e).kind === 'threat' ? risks(t('underWarning'), warned) : []),
    ...solutions(e),
    ...risks(t('overflown'), e.overflights),
  ]);
}
