// An event in one line, and what this nation has to do about it.
import { bearing, distance, local, percent, position, seconds, span } from './format';
import { lensOf, now, picture } from './store';
import type { Area, Event, Launch, Outlet, Risk } from './types';
import { compass, nationName, placeName, spoken, t, told } from './words';

const LOFTED = 1.1; // apogee over range, above what any minimum-energy flight has

function whereTo(e: Event): string[] {
  const parts: string[] = [];
  const course = e.track && bearing(e.track);
  if (e.impact) {
    parts.push(t('towardPlace', placeOf(e.impact)));
  } else if (course && course.ground_kmps > 0.1) {
    parts.push(t('toward', compass(course.degrees)));
  }
  const ours = nextOverflight(e);
  if (ours?.overflight) {
    const left = span(seconds(ours.overflight) - now());
    parts.push(t('overflightIn', placeName(ours), left));
  }
  if (e.impact) {
    const left = seconds(e.impact.time) - now();
    const spread = Math.ceil(e.impact.time_95_s);
    parts.push(
      left > 0
        ? t('impactIn', span(left), spread)
        : t('impactAt', local(e.impact.time, picture()?.nation ?? '')),
    );
  } else {
    parts.push(t('noImpact', told(e.impact_why)));
  }
  return parts;
}

/** The next place of this nation that it will fly over. */
function nextOverflight(e: Event): Risk | undefined {
  const nation = picture()?.nation;
  return e.overflights
    .filter(a => a.nation === nation && a.overflight && seconds(a.overflight) > now())
    .sort((a, b) => (a.overflight ?? '').localeCompare(b.overflight ?? ''))[0];
}

export function classWords(e: Event): string {
  if (!e.class || e.class.name === 'undetermined') {
    return t('missile');
  }
  const p = e.class.probability;
  const lofted =
    e.apogee_km !== null && e.range_km !== null && e.apogee_km > LOFTED * e.range_km
      ? `, ${t('lofted')}`
      : '';
  return t(p >= 0.95 ? 'sure1' : p >= 0.8 ? 'sure2' : 'sure3', told(e.class.name)) + lofted;
}

/** Where a point is: the node's words in English, else how it lies to the nearest province. */
function placeOf(at: Launch | Area): string {
  const { near } = at;
  if (spoken() === 'en' || !near) {
    return at.place ?? position(at);
  }
  const name = `${near.nation ? nationName(near.nation) : ''} ${placeName(near)}`.trim();
  return near.distance_km < 1
    ? name
    : t('nearPlace', name, distance(near.distance_km), compass(near.azimuth_deg));
}

/** Of what, from where, when, where to, how sure, by whom: read in three seconds. */
export function sentence(e: Event): string {
  if (e.withdrawn) {
    return `${e.name} · ${e.same_as ? t('sameAs', e.same_as) : t('withdrawn')}`;
  }
  const nation = picture()?.nation ?? '';
  const parts = [e.name];
  if (e.announced) {
    parts.push(t('announced', e.announced));
  }
  if (e.known_space) {
    parts.push(t('knownSpace'));
  }
  if (e.launch) {
    parts.push(t('from', placeOf(e.launch)));
    parts.push(t('at', local(e.launch.time, nation)));
  } else {
    parts.push(t('noLaunch'), t('noticed', local(e.noticed, nation)));
  }
  parts.push(...whereTo(e), classWords(e));
  const by = e.solutions.map(s => s.nation).sort();
  parts.push(t('reportedBy', by.length ? by.join(', ') : e.noticed_from));
  if (e.held.length) {
    parts.push(t('heldFrom', e.held.join(', ')));
  }
  return parts.join(' · ');
}

/** A warned area as it is now: the message may be a minute old, and there is one countdown. */
export function asOfNow(e: Event, warned: Risk): Risk {
  const found = e.overflights.find(o => o.name === warned.name && o.nation === warned.nation);
  return found && warned.overflight
    ? { ...found, impact_probability: warned.impact_probability }
    : warned;
}

function areaWords(a: Risk): string {
  const left = a.overflight ? seconds(a.overflight) - now() : 0;
  return (
    placeName(a) +
    (a.impact_probability >= 0.001 ? ' ' + percent(a.impact_probability) : '') +
    (left > 0 ? ` ${t('overflight')} ${t('in', span(left))}` : '')
  );
}

/** The outlets that the warning in force waits for, until enough officers agree. */
export const waiting = (e: Event): Outlet[] =>
  e.warning.in_force && e.told && !ended(e.told.state)
    ? e.told.outlets.filter(o => !o.ordered && o.needs) : [];

const ended = (state: string): boolean =>
  ['cancel', 'all clear', 'handed over', 'expired'].includes(state);

/** What people do not know of the warning in force; '' = everybody who may has taken it. */
export function untold(e: Event): string {
  if (!e.warning.in_force || !e.told) {
    return '';
  }
  if (ended(e.told.state)) {
    return t('toldEnded', told(e.told.state).toUpperCase());
  }
  const late = e.told.outlets.filter(o => o.ordered && !o.taken && o.tries > 0).map(o => o.name);
  return waiting(e).length ? t('notOut', consent(e))
    : late.length ? t('notTaken', late.join(', ')) : '';
}

/** How far consent to the warning is, for the outlet that needs most. */
export const consent = (e: Event): string =>
  t('officersAgreed', e.told?.agreed ?? 0, Math.max(...waiting(e).map(o => o.needs)));

export interface Duty {
  kind: 'threat' | 'calm' | '';
  text: string;
}

export function duty(e: Event): Duty {
  const w = e.warning;
  if (lensOf()) {
    return { kind: '', text: t('notAlone') };
  }
  if (w.in_force) {
    const lost = w.state === 'lost track' ? ` (${t('trackLost').toUpperCase()})` : '';
    const shown = w.areas.slice(0, 3).map(a => areaWords(asOfNow(e, a)));
    const areas = shown.join(', ') || t('areaPending');
    const more = w.areas.length > 3 ? `, ${t('more', w.areas.length - 3)}` : '';
    const out = untold(e) && ` · ${untold(e)}`;
    return { kind: 'threat', text: `▲ ${t('warning', w.serial)}${lost}${out}: ${areas}${more}` };
  }
  if (e.recalled) {
    return { kind: '', text: t('warningRecalled') };
  }
  switch (w.state) {
    case 'no threat to us':
      return { kind: 'calm', text: '✓ ' + t('noThreat') };
    case 'cancel':
      return { kind: 'calm', text: '✓ ' + t('warningCancelled') };
    case 'all clear':
      return { kind: 'calm', text: '✓ ' + t('warningAllClear') };
    case 'handed over':
      return { kind: '', text: '→ ' + t('warningHandedOver') };
    case 'expired':
      return { kind: '', text: t('warningExpired') };
    default:
      return { kind: '', text: e.over ? t('closed') : '… ' + t('assessing') };
  }
}

/** How far two impact points lie apart, in words; of one that is undetermined nothing. */
export function apart(a: Event['impact'], b: Event['impact']): string {
  if (!a || !b) {
    return '–';
  }
  const rad = Math.PI / 180;
  const dLat = Math.sin(((a.lat_deg - b.lat_deg) * rad) / 2);
  const dLon = Math.sin(((a.lon_deg - b.lon_deg) * rad) / 2);
  const h =
    dLat * dLat + Math.cos(a.lat_deg * rad) * Math.cos(b.lat_deg * rad) * dLon * dLon;
  return distance(2 * 6371.0088 * Math.asin(Math.sqrt(h)));
}
