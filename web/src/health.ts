// How the sensors, the links and the clock are, one by one.
import { $, el, put, table, type Cell } from './dom';
import { sensorError } from './bar';
import { nowText, picture, silence } from './store';
import { span } from './format';
import type { Link, Sensor } from './types';
import { t } from './words';

const SILENT_S = 30; // a sensor that has not been heard of for so long is said to be silent

function sensorRow(s: Sensor): Cell[] {
  const silent = s.silent_s === null || s.silent_s > SILENT_S;
  const since = s.silent_s === null ? t('never') : span(s.silent_s);
  const wrong = s.error !== 'none' || s.rejected > 0;
  const rejected = s.rejected ? `, ${s.rejected} rejected, last as ${s.rejected_last}` : '';
  return [
    s.id,
    [silent ? 'bad n' : 'n', since],
    ['n', s.observations.toLocaleString('en')],
    [wrong ? 'care' : '', (s.error === 'none' ? '–' : sensorError(s)) + rejected],
  ];
}

function linkRow(l: Link): Cell[] {
  const state = l.up ? t('up') : l.apart ? t('byWayOf', l.via ?? t('others')) : t('down');
  return [
    l.partner,
    [l.up || l.apart ? '' : 'bad', state],
    ['n', l.silent_s === null ? t('never') : span(l.silent_s)],
    ['n', `${l.acknowledged} / ${l.sent}`],
    ['n', String(l.received)],
    [l.missing ? 'care n' : 'n', String(l.missing)],
    [l.refused ? 'care n' : 'n', String(l.refused)],
  ];
}

/** The list of them, if it is open. */
export function showStations(): void {
  const p = picture();
  if (!p || !($('stations') as HTMLDialogElement).open) {
    return;
  }
  put($('stationsTitle'), t('stations'));
  const sensors: Cell[] = [t('sensor'), ['n', t('silent')], ['n', t('plots')], t('fault')];
  const links: Cell[] = [
    t('link'), t('state'), ['n', t('silent')], ['n', t('acknowledged')], ['n', t('received')],
    ['n', t('missingHead')], ['n', t('refused')],
  ];
  const behind = silence() / 1000;
  $('stationsList').replaceChildren(
    table(t('sensor'), sensors, p.sensors.map(sensorRow)),
    table(t('link'), links, p.links.map(linkRow)),
    el('p', '', `${t('clockDrift')} ${nowText().slice(0, 19)}Z · ` +
      `${t('pictureAge', behind.toFixed(1))} · ×${p.clock.speed}`),
  );
}
