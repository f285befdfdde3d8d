// Where each track has been since the page was opened: its history on the map and in the profile.
import { seconds } from './format';
import type { Point } from './map';
import type { Picture, Track } from './types';

const KEEP = 1200; // points of one trail; then every second one goes

export interface Past {
  at_s: number;
  at: Point;
  height_km: number;
}

const trails = new Map<string, Past[]>();

export const trailOf = (id: string, until_s = Infinity): Past[] => {
  const all = trails.get(id) ?? [];
  const last = all[all.length - 1];
  return last && last.at_s > until_s ? all.filter(p => p.at_s <= until_s) : all;
};

function remember(id: string, t: Track): void {
  const trail = trails.get(id) ?? [];
  const last = trail[trail.length - 1];
  const at_s = seconds(t.time);
  if (!last || at_s > last.at_s + 0.4) {
    trail.push({ at_s, at: [t.lon_deg, t.lat_deg], height_km: t.height_km });
  }
  trails.set(id, trail.length > KEEP ? trail.filter((_, i) => i % 2 === 0) : trail);
}

/** Adds the new positions; forgets trails of events that are gone, and all of another run. */
export function rememberAll(picture: Picture, fresh: boolean): void {
  if (fresh) {
    trails.clear();
  }
  const live = new Set<string>();
  for (const e of picture.events) {
    const all: [string, Track | null][] = e.solutions.map(s => [e.id + s.nation, s.track]);
    for (const [id, t] of [[e.id, e.track] as [string, Track | null], ...all]) {
      live.add(id);
      if (t && t.status !== 'dropped') {
        remember(id, t);
      }
    }
  }
  [...trails.keys()].filter(id => !live.has(id)).forEach(id => trails.delete(id));
}
