// Numbers, times and places as people read them. Every time shows its zone.
import { settings } from './settings';
import type { Area, Ellipse, Place, Track } from './types';
import { t } from './words';

const KM_PER_NM = 1.852;
const STALE_S = 5; // a track not measured for so long is said to be stale
const ZONES: Record<string, [name: string, hours: number]> = { JPN: ['JST', 9], KOR: ['KST', 9] };
const RAD = Math.PI / 180;

export const seconds = (time: string): number => Date.parse(time) / 1000;
export const hms = (time: string): string => time.slice(11, 19) + 'Z';
export const zulu = (at_s: number): string => new Date(at_s * 1000).toISOString();

/** The nation's own time and Z; only Z for a nation that has several zones. */
export function local(time: string, nation: string): string {
  const zone = ZONES[nation];
  return zone
    ? `${zulu(seconds(time) + zone[1] * 3600).slice(11, 19)} ${zone[0]} (${hms(time)})`
    : hms(time);
}

export function span(s: number): string {
  const a = Math.abs(Math.round(s));
  const hours = Math.floor(a / 3600);
  const two = (n: number) => String(n).padStart(2, '0');
  const sign = s < -0.5 ? '−' : '';
  return sign + (hours ? hours + ':' : '') + two(Math.floor(a / 60) % 60) + ':' + two(a % 60);
}

/** "under a minute", "5 minutes", "3 hours", "2 days": changes seldom. */
export function roughly(s: number): string {
  const say = (n: number, unit: string) =>
    `${Math.floor(n)} ${unit}${Math.floor(n) === 1 ? '' : 's'}`;
  if (s < 60) {
    return 'under a minute';
  }
  if (s < 7200) {
    return say(s / 60, 'minute');
  }
  return s < 172800 ? say(s / 3600, 'hour') : say(s / 86400, 'day');
}

export function position(at: Place): string {
  const side = (degrees: number, signs: string) =>
    Math.abs(degrees).toFixed(2) + signs[degrees < 0 ? 1 : 0];
  return side(at.lat_deg, 'NS') + ' ' + side(at.lon_deg, 'EW');
}

export const percent = (p: number): string =>
  p >= 0.995 ? '> 99 %' : p < 0.01 ? '< 1 %' : `${Math.round(p * 100)} %`;

export const unit = (): string => (settings.miles ? 'NM' : 'km');
export const inUnit = (km: number): number => (settings.miles ? km / KM_PER_NM : km);

function round(km: number): string {
  const x = inUnit(km);
  return x >= 100 ? Math.round(x).toLocaleString('en') : x.toPrecision(2);
}

export const distance = (km: number | null): string =>
  km === null ? t('undetermined') : `${round(km)} ${unit()}`;

export const size = (e: Ellipse, scale = 1): string =>
  `± ${round(e.semi_major_km * scale)} × ${round(e.semi_minor_km * scale)} ${unit()}`;

/** "22:45:30Z, ± 20 × 9 km", or why not. */
export const when = (at: Area | null | undefined, why: string | undefined): string =>
  at ? `${hms(at.time)}, ${size(at.ellipse_95)}` : (why ?? '');

/** Where a velocity (Earth-fixed axes) points at a place: bearing in degrees, speed over ground. */
export function bearing(track: Track): { degrees: number; ground_kmps: number } {
  const [vx = 0, vy = 0, vz = 0] = track.velocity_kmps;
  const a = track.lat_deg * RAD;
  const o = track.lon_deg * RAD;
  const east = -Math.sin(o) * vx + Math.cos(o) * vy;
  const north = -Math.sin(a) * (Math.cos(o) * vx + Math.sin(o) * vy) + Math.cos(a) * vz;
  return {
    degrees: (Math.atan2(east, north) / RAD + 360) % 360,
    ground_kmps: Math.hypot(east, north),
  };
}

/** How old the evidence was when the picture was made. */
export function freshness(track: Track, over: boolean): { kind: string; words: string } {
  const age = track.measured_s_ago;
  if (over) {
    return { kind: 'dim', words: t('until', hms(track.last_measurement)) };
  }
  if (track.status === 'lost') {
    return { kind: 'bad', words: t('measuredAgo', span(age)) };
  }
  return age > STALE_S
    ? { kind: 'care', words: t('stale', span(age)) }
    : { kind: '', words: `${Math.max(0, age).toFixed(1)} s` };
}
