// The picked event from the side: altitude over time, or over the distance from its launch point,
// with what was measured and what is predicted.
import { geoDistance } from 'd3-geo';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { $, put } from './dom';
import { inUnit, seconds, unit, zulu } from './format';
import { EARTH_KM, type Point } from './map';
import { wayOf } from './picture';
import { lensOf, now, replaying } from './store';
import { font, grown, palette } from './theme';
import { trailOf } from './trails';
import type { Event } from './types';
import { spoken, t } from './words';

const WIDTH = 330;
const HEIGHT = 150;
const POINTS = 240; // of the past that are drawn

interface Sample {
  at_s: number;
  at: Point;
  height_km: number;
}

let plot: uPlot | null = null;
let madeFor = '';
let byRange = false;

export function turnProfile(): void {
  byRange = !byRange;
}

function make(): uPlot {
  const c = palette();
  const lines = { grid: { stroke: c.grid, width: 1 }, ticks: { stroke: c.grid } };
  const axis = { stroke: c.dim, font: font(11), ...lines };
  const clock = (_: uPlot, splits: number[]) => splits.map(s => zulu(s).slice(11, 16) + 'Z');
  const plain = (_: uPlot, splits: number[]) => splits.map(s => s.toLocaleString('en'));
  $('plot').replaceChildren();
  return new uPlot(
    {
      width: grown(WIDTH),
      height: grown(HEIGHT),
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false } },
      axes: [
        { ...axis, values: byRange ? plain : clock, space: grown(55), size: grown(24) },
        { ...axis, values: plain, size: grown(46), space: grown(28) },
      ],
      series: [
        {},
        { stroke: c.ink, width: 2 / devicePixelRatio, points: { show: false } },
        { stroke: c.dim, width: 1, dash: [3, 4], points: { show: false } },
      ],
    },
    [[], [], []],
    $('plot'),
  );
}

/** Rows of uPlot: x, what was, what is to come; x rises. */
function rows(e: Event): (number | null)[][] {
  const id = lensOf() ? e.id + lensOf() : e.id;
  const past = trailOf(id, replaying() ? now() : Infinity);
  const thin = Math.max(1, Math.ceil(past.length / POINTS));
  const was: Sample[] = past.filter((_, i) => i % thin === 0 || i === past.length - 1);
  const way = wayOf(e);
  const start = e.track ? seconds(e.track.time) : 0;
  const step = e.impact && way.length > 1
    ? (seconds(e.impact.time) - start) / (way.length - 1) : 0;
  const next: Sample[] = way.map((s, i) => ({ ...s, at_s: start + i * step }));
  const from: Point | undefined = e.launch ? [e.launch.lon_deg, e.launch.lat_deg] : was[0]?.at;
  const x = (s: Sample) => (byRange && from ? inUnit(geoDistance(from, s.at) * EARTH_KM) : s.at_s);
  const all = [
    ...was.map(s => [x(s), inUnit(s.height_km), null]),
    ...next.map(s => [x(s), null, inUnit(Math.max(0, s.height_km))]),
  ] as [number, number | null, number | null][];
  if (byRange) {
    all.sort((a, b) => a[0] - b[0]);
  }
  return [all.map(r => r[0]), all.map(r => r[1]), all.map(r => r[2])];
}

export function showProfile(e: Event | undefined): void {
  const box = $('profile');
  box.hidden = !e?.track;
  if (!e?.track) {
    return;
  }
  const wanted = [palette().ink, byRange, unit(), spoken(), grown(1), devicePixelRatio].join();
  if (wanted !== madeFor) {
    madeFor = wanted;
    plot?.destroy();
    plot = make();
  }
  put($('profileTitle'), `${t(byRange ? 'altitudeRange' : 'altitudeTime')} (${unit()})`);
  plot?.setData(rows(e) as uPlot.AlignedData);
}
