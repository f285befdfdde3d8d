// What the node said last and before, and which of it is on the screen: the present, or a replay.
import { seconds, zulu } from './format';
import type { Event, Picture } from './types';

export const OUTAGE_MS = 3000; // a page without news for so long says so
const KEEP_EVERY_MS = 400;
const KEEP_CHARACTERS = 40e6; // of past pictures; then every second one goes, the oldest first

interface Past {
  at_s: number;
  text: string;
}

let latest: Picture | null = null;
let receivedAt = performance.now();
let keptAt = -Infinity;
let past: Past[] = [];
let characters = 0;
let replay: { at_s: number; picture: Picture; playing: boolean; tick: number } | null = null;
let lens: string | null = null; // the nation that is looked at alone; null = shared

export const silence = (): number => performance.now() - receivedAt;
export const replaying = (): boolean => replay !== null;
export const playing = (): boolean => replay?.playing ?? false;
export const lensOf = (): string | null => lens;

export function look(nation: string | null): void {
  lens = nation;
}

/** The picture on the screen; null before the first. */
export const picture = (): Picture | null => replay?.picture ?? latest;
export const present = (): Picture | null => latest;

function keep(text: string, at_s: number): void {
  if (performance.now() - keptAt < KEEP_EVERY_MS) {
    return;
  }
  keptAt = performance.now();
  past.push({ at_s, text });
  characters += text.length;
  if (characters > KEEP_CHARACTERS) {
    past = past.filter((_, i) => i % 2 === 0 || i > past.length - 20);
    characters = past.reduce((sum, p) => sum + p.text.length, 0);
  }
}

/** Takes a picture in. True if it is of another run than the one before: nothing older counts. */
export function receive(text: string): boolean {
  const before = latest;
  latest = JSON.parse(text) as Picture;
  receivedAt = performance.now();
  const fresh =
    before !== null && (before.nation !== latest.nation || before.now > latest.now);
  if (fresh) {
    past = [];
    characters = 0;
    replay = null;
    keptAt = -Infinity;
  }
  keep(text, seconds(latest.now));
  return fresh;
}

/** Takes in a picture of the past, which the node kept; where the page has it, nothing changes. */
export function receivePast(text: string): void {
  const time = /"now":"([^"]+)"/.exec(text.slice(0, 400))?.[1];
  const at_s = time ? seconds(time) : NaN;
  const i = past.findIndex(p => p.at_s >= at_s);
  if (i >= 0 && past[i]?.at_s !== at_s) {
    past.splice(i, 0, { at_s, text });
    characters += text.length;
  }
}

/** All that is kept, oldest first, and then the latest. */
export function* pictures(): Generator<Picture> {
  for (const p of past) {
    yield JSON.parse(p.text) as Picture;
  }
  if (latest) {
    yield latest;
  }
}

/** From when to when there is something to replay. */
export function extent(): [from_s: number, to_s: number] {
  const to = latest ? seconds(latest.now) : 0;
  return [past[0]?.at_s ?? to, to];
}

function indexAt(at_s: number): number {
  let low = 0;
  let high = past.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((past[middle] as Past).at_s <= at_s) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

export function replayAt(at_s: number): void {
  const found = past[indexAt(at_s)];
  if (!found) {
    return;
  }
  const same = replay && seconds(replay.picture.now) === found.at_s;
  replay = {
    at_s,
    picture: same && replay ? replay.picture : (JSON.parse(found.text) as Picture),
    playing: replay?.playing ?? false,
    tick: performance.now(),
  };
}

export function play(on: boolean): void {
  if (replay) {
    replay.playing = on;
    replay.tick = performance.now();
  }
}

export function backToNow(): void {
  replay = null;
}

/** Moves a replay that plays, at the pace of the node's clock; ends it where the present begins. */
export function advanceReplay(): void {
  if (replay?.playing) {
    const speed = Math.max(1, replay.picture.clock.speed || 1);
    const at_s = replay.at_s + ((performance.now() - replay.tick) / 1000) * speed;
    if (at_s >= extent()[1]) {
      backToNow();
    } else {
      replayAt(at_s);
    }
  }
}

/** The clock of the screen: runs on between two pictures for a second, and stands without news. */
export function now(): number {
  if (replay) {
    return replay.at_s;
  }
  if (!latest) {
    return Date.now() / 1000;
  }
  const run = silence() > OUTAGE_MS || latest.clock.finished ? 0 : Math.min(silence(), 1000);
  return seconds(latest.now) + (latest.clock.speed * run) / 1000;
}

export const nowText = (): string => zulu(now());

/** An event as one nation knows it by itself; null if it knows nothing of it. */
function alone(e: Event, nation: string): Event | null {
  const own = e.solutions.find(s => s.nation === nation);
  if (!own) {
    return null;
  }
  return {
    ...e,
    track: own.track,
    launch: own.launch,
    impact: own.impact,
    impact_why: own.impact_why ?? '',
    ends_now: null,
    goes_on: null,
    stays_up: undefined,
    falls: [],
    coverage: undefined,
    class: null,
    apogee_km: null,
    range_km: null,
    warning: { ...e.warning, state: 'alone', in_force: false, serial: 0, areas: [] },
    overflights: [],
    solutions: [own],
  };
}

let lensed: { of: Picture; lens: string | null; events: Event[] } | null = null;

/** The events to show: of the common picture, or of one nation alone. */
export function events(): Event[] {
  const shown = picture();
  if (!shown) {
    return [];
  }
  if (lensed?.of !== shown || lensed.lens !== lens) {
    const nation = lens;
    const seen = nation
      ? shown.events.map(e => alone(e, nation)).filter(e => e !== null)
      : shown.events;
    lensed = { of: shown, lens, events: seen };
  }
  return lensed.events;
}
