// One nation's page: what the node says, shown as it comes. It asks for nothing but the picture.
import './style.css';
import { actionsOf } from './actions';
import { acknowledge, callCount, showAlarm, unlockSound, unread, watch } from './alarm';
import { domainWord, showBar, showEvents } from './bar';
import { handleCommands, showHelp, toggleBox } from './command';
import { $, el, put } from './dom';
import { hms } from './format';
import { showStations } from './health';
import { note } from './history';
import { readMap, type Base } from './map';
import { begin, showOfficer, signOut } from './officer';
import { showOrders } from './orders';
import { showPanel } from './panel';
import { draw, drawBase, eventAt, follow, view, type Free } from './picture';
import { showProfile, turnProfile } from './profile';
import { applySettings } from './settings';
import {
  OUTAGE_MS, advanceReplay, events, look, picture, pictures, playing, present, receive, receivePast,
  silence,
} from './store';
import { handleTimeLine, showHistory, showTimeLine } from './timeline';
import { rememberAll } from './trails';
import type { Event } from './types';
import { t, told } from './words';

const PAST_QUIET_MS = 150;
const CLICK_PX = 3; // a pointer that moves more drags
const SHOW_EVERY_MS = 200; // words; the map is drawn whenever the screen takes a frame

let base: Base | null = null;
let picked: string | null = null;
let following = true;
let dirty = true;
let area: Free = { left: 0, right: 0, top: 0, bottom: 0 }; // that is free, as last shown
let shownAt = -Infinity;

/** The event picked by hand, else the latest with a warning, else the latest that is not over. */
function selected(): Event | undefined {
  const all = events();
  const last = (test: (e: Event) => boolean) => all.filter(test).pop();
  return (
    last(e => e.id === picked) ?? last(e => e.warning.in_force) ?? last(e => !e.over) ?? all.at(-1)
  );
}

/** The part of the screen that nothing covers: above the profile or beside it, as is more. */
function free(): Free {
  const top = ($('events').parentNode as HTMLElement).getBoundingClientRect().bottom + 40;
  const panel = $('panel').getBoundingClientRect();
  const profile = $('profile').getBoundingClientRect();
  const right = (panel.width ? panel.left : innerWidth) - 30;
  const bottom = $('foot').getBoundingClientRect().top - 12;
  const all: Free = { left: 30, right, top, bottom };
  if (!profile.width) {
    return all;
  }
  const above = { ...all, bottom: profile.top - 12 };
  const beside = { ...all, left: profile.right + 12 };
  const area = (f: Free) => Math.max(0, f.right - f.left) * Math.max(0, f.bottom - f.top);
  return area(above) > area(beside) ? above : beside;
}

/** Says plainly when what is on the screen is not the present. */
function showOutage(): void {
  const quiet = silence();
  const latest = present();
  const out = quiet > OUTAGE_MS && !latest?.clock.finished && $('signIn').hidden;
  const box = $('outage');
  const suspended = latest?.clock.suspended ?? '';
  document.body.classList.toggle('stale', out || suspended !== '');
  box.hidden = !out && !suspended;
  if (suspended) {
    box.replaceChildren(t('suspended'), el('small', '', told(suspended)));
  }
  if (out) {
    const head = t('noData', Math.floor(quiet / 1000));
    const old = latest ? t('noDataPicture', hms(latest.now)) + ' ' : '';
    box.replaceChildren(head, el('small', '', old + t('connecting')));
    const title = latest ? `${domainWord(latest)} · ${latest.nation} · Watchfire` : 'Watchfire';
    document.title = `${t('noData', Math.floor(quiet / 1000))} · ${title}`;
  }
}

function pick(id: string | null): void {
  picked = id;
  if (id) {
    acknowledge(id);
  }
  show();
}

function show(): void {
  shownAt = performance.now();
  advanceReplay();
  if (picture()) {
    const e = selected();
    showBar();
    showEvents(e?.id ?? null, unread, pick);
    showAlarm();
    showPanel(e);
    showOrders(e);
    showOfficer();
    showProfile(e);
    area = free();
    const below = $('foot').getBoundingClientRect().top;
    $('panel').style.maxHeight = `${Math.max(120, below - area.top + 22)}px`;
    showTimeLine();
    showHistory();
    showStations();
    put($('keys'), t('help'));
    if (following) {
      follow(area, false);
    }
    dirty = true;
  }
  showOutage();
}

function take(text: string): void {
  const fresh = receive(text);
  const latest = present();
  if (latest) {
    rememberAll(latest, fresh);
    note(latest, fresh);
    watch(latest, fresh);
  }
  dirty = true;
  if (performance.now() - shownAt >= SHOW_EVERY_MS) {
    show();
  }
}

let pastComes = 0;

/** What was before the page was opened, or while it slept: when no more of it comes, the time line
 * and the trails are made anew from all that is known. */
function takePast(text: string): void {
  receivePast(text);
  clearTimeout(pastComes);
  pastComes = window.setTimeout(() => {
    let first = true;
    for (const p of pictures()) {
      rememberAll(p, first);
      note(p, first);
      first = false;
    }
    show();
  }, PAST_QUIET_MS);
}

function listen(): void {
  const source = new EventSource('events');
  source.onmessage = m => take(m.data as string);
  source.addEventListener('past', m => takePast((m as MessageEvent<string>).data));
  // After an answer such as 503 the browser gives up for good: then it is for us to try again, and
  // the session may be over.
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(() => void begin(listen), 2000);
    }
  };
}

function stay(): void {
  following = false;
  dirty = true;
}

function followAgain(): void {
  following = true;
  follow(free(), true);
}

/** Drags the map; a click that drags nothing picks the event whose head it meets. */
function handleMap(): void {
  const canvas = $('map');
  let dragged = 0;
  canvas.onpointerdown = p => {
    canvas.setPointerCapture(p.pointerId);
    canvas.className = 'drag';
    dragged = 0;
  };
  canvas.onpointercancel = () => {
    canvas.className = '';
  };
  canvas.onpointerup = p => {
    canvas.className = '';
    const met = dragged <= CLICK_PX ? eventAt(p.clientX, p.clientY) : null;
    if (met) {
      pick(met);
    }
  };
  canvas.onpointermove = p => {
    dragged += Math.abs(p.movementX) + Math.abs(p.movementY);
    if (canvas.className && dragged > CLICK_PX) {
      view.pan(p.movementX, p.movementY);
      stay();
    }
  };
  canvas.addEventListener(
    'wheel',
    w => {
      w.preventDefault();
      view.zoom(Math.exp(-w.deltaY / 500), w.clientX, w.clientY);
      stay();
    },
    { passive: false },
  );
  addEventListener('resize', () => {
    dirty = true;
    show();
  });
}

function handleButtons(): void {
  $('acknowledge').onclick = () => {
    acknowledge();
    show();
  };
  $('sound').onclick = unlockSound;
  $('profileTurn').onclick = () => {
    turnProfile();
    show();
  };
  $('keys').onclick = () => toggleBox('help');
  $('signOut').onclick = () => void signOut();
  $('lens').onchange = () => {
    look(($('lens') as HTMLSelectElement).value || null);
    show();
  };
  addEventListener('pointerdown', unlockSound);
  addEventListener('keydown', unlockSound);
}

let frames = 0;

function frame(): void {
  if (playing() && performance.now() - shownAt >= SHOW_EVERY_MS) {
    show();
  }
  if (dirty && picture()) {
    dirty = false;
    drawBase($('land') as HTMLCanvasElement, base);
    draw($('map') as HTMLCanvasElement, selected()?.id ?? null, area);
    frames++;
    if (base && !performance.getEntriesByName('map-complete').length) {
      performance.mark('map-complete');
    }
  }
  requestAnimationFrame(frame);
}

/** For the tests that measure this page: what has been drawn and called. */
declare global {
  interface Window {
    watchfire: { frames: () => number; calls: () => number; redraw: () => void };
  }
}
window.watchfire = {
  frames: () => frames,
  calls: callCount,
  redraw: () => {
    dirty = true;
  },
};

applySettings();
handleMap();
handleButtons();
handleTimeLine(show);
handleCommands(
  actionsOf({ picked: () => selected()?.id ?? null, pick, follow: followAgain, stay }),
  () => {
    showHelp();
    show();
  },
);
showHelp();
void begin(listen);
void fetch('map.json')
  .then(r => r.json())
  .then(file => {
    base = readMap(file);
    put($('source'), 'map: ' + base.source);
    dirty = true;
  });
setInterval(() => performance.now() - shownAt >= SHOW_EVERY_MS && show(), 125);
frame();
