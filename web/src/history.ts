// What happened, in the order in which this page learnt of it: the marks of the time line.
import { seconds } from './format';
import type { Event, Picture } from './types';
import { t, told, type Key } from './words';

const KEEP = 400;

export interface Happening {
  at_s: number;
  event: string | null; // its name
  key: Key;
  values: string[];
  threat: boolean;
}

let happened: Happening[] = [];
let before: Picture | null = null;

export const happenings = (): readonly Happening[] => happened;

export const happeningWords = (h: Happening): string =>
  `${h.event ? h.event + ': ' : ''}${t(h.key, ...h.values.map(told))}`;

function add(at_s: number, event: string | null, key: Key, values: string[] = [],
  threat = false): void {
  happened.push({ at_s, event, key, values, threat });
  if (happened.length > KEEP) {
    happened.shift();
  }
}

function compareSolutions(e: Event, old: Event | undefined, at_s: number): void {
  for (const s of e.solutions) {
    const was = old?.solutions.find(x => x.nation === s.nation)?.track.status;
    if (!was) {
      add(at_s, e.name, 'hTrack', [s.nation]);
    } else if (was !== 'lost' && s.track.status === 'lost') {
      add(at_s, e.name, 'hLost', [s.nation]);
    }
  }
}

function compareEvent(e: Event, old: Event | undefined, at_s: number): void {
  if (!old) {
    add(seconds(e.noticed), e.name, 'hLaunch', [e.noticed_from]);
  }
  compareSolutions(e, old, at_s);
  if (e.track?.end_of_thrust && !old?.track?.end_of_thrust) {
    add(seconds(e.track.end_of_thrust), e.name, 'hThrust');
  }
  if (e.warning.serial && e.warning.serial !== old?.warning.serial) {
    const at = e.warning.time ? seconds(e.warning.time) : at_s;
    add(at, e.name, 'hWarning', [e.warning.state], e.warning.in_force);
  }
  if (e.acknowledged && !old?.acknowledged) {
    add(seconds(e.acknowledged), e.name, 'hAck', [e.acknowledged_by]);
  }
  if (e.withdrawn && !old?.withdrawn) {
    add(at_s, e.name, e.same_as ? 'sameAs' : 'hFalse', e.same_as ? [e.same_as] : []);
  }
  if (e.known_space && !old?.known_space) {
    add(at_s, e.name, 'hSpace');
  }
  if (e.over && !e.withdrawn && !old?.over) {
    add(at_s, e.name, 'hOver');
  }
}

/** Notes what is new in the latest picture. */
export function note(picture: Picture, fresh: boolean): void {
  if (fresh) {
    happened = [];
    before = null;
  }
  const at_s = seconds(picture.now);
  const known = new Map(before?.events.map(e => [e.id, e]) ?? []);
  picture.events.forEach(e => compareEvent(e, known.get(e.id), at_s));
  for (const l of before ? picture.links : []) {
    const was = before?.links.find(x => x.partner === l.partner);
    if (was && was.up !== l.up && !l.apart) {
      add(at_s, null, l.up ? 'hLinkUp' : 'hLinkDown', [l.partner]);
    }
  }
  happened.sort((a, b) => a.at_s - b.at_s);
  before = picture;
}
