// What a person can do on this page, each with its key and its command.
import { acknowledge, unlockSound } from './alarm';
import { nextLens, ordered } from './bar';
import { toggleBox, type Action } from './command';
import { steer, toggleControl } from './control';
import { seconds } from './format';
import { showHandover } from './handover';
import { canControl, hasOfficers, signOut } from './officer';
import { orderByCommand, type Kind } from './orders';
import { view } from './picture';
import { turnProfile } from './profile';
import { choose, settings } from './settings';
import { backToNow, look, picture, present, replayAt } from './store';
import { stepReplay, togglePlay } from './timeline';
import { LANGUAGES, type Language } from './words';

export interface Page {
  picked: () => string | null;
  pick: (id: string | null) => void;
  follow: () => void;
  stay: () => void; // the view is the person's own now
}

function pickNext(page: Page, step: number): void {
  const all = ordered();
  const at = all.findIndex(e => e.id === page.picked());
  page.pick(all[(at + step + all.length) % all.length]?.id ?? null);
}

function pickNamed(page: Page, name: string): boolean {
  const found = ordered().find(e => e.name.toUpperCase().startsWith(name.toUpperCase()));
  if (name && found) {
    page.pick(found.id);
  }
  return Boolean(name && found);
}

/** "22:25" or "22:25:30", Z, on the day of the picture. */
function replayFrom(text: string): boolean {
  const latest = present();
  const [, hour, minute, second] = /^(\d\d):(\d\d)(?::(\d\d))?Z?$/i.exec(text) ?? [];
  if (!latest || !hour) {
    return false;
  }
  replayAt(seconds(`${latest.now.slice(0, 10)}T${hour}:${minute}:${second ?? '00'}Z`));
  return true;
}

function pan(page: Page, direction: string): boolean {
  const step = { left: [80, 0], right: [-80, 0], up: [0, 80], down: [0, -80] }[direction];
  if (step) {
    view.pan(step[0] as number, step[1] as number);
    page.stay();
  }
  return Boolean(step);
}

function zoom(page: Page, factor: number): void {
  view.zoom(factor, view.cx, view.cy);
  page.stay();
}

function lookAt(nation: string): boolean {
  const p = picture();
  const code = nation.toUpperCase();
  const known = Boolean(p && [p.nation, ...p.links.map(l => l.partner)].includes(code));
  if (known) {
    look(code);
  }
  return known;
}

/** Sets what is named, or the next in turn where nothing is. */
function turn<T extends string>(all: readonly T[], now: T, wanted: string,
  set: (value: T) => void): boolean {
  const next = wanted ? all.find(x => x === wanted) : all[(all.indexOf(now) + 1) % all.length];
  if (next) {
    set(next);
  }
  return next !== undefined;
}

function switches(): Action[] {
  return [
    {
      keys: ['v'], name: 'alone', argument: '[NATION]',
      help: 'what one nation would know by itself; the next in turn',
      run: n => (n ? lookAt(n) : look(nextLens())),
    },
    { keys: ['V'], name: 'shared', help: 'the common picture', run: () => look(null) },
    {
      keys: ['s'], name: 'sound', argument: '[on|off]', help: 'alarms sound, or are only seen',
      run: w => {
        const ok = turn(['on', 'off'], settings.sound ? 'on' : 'off', w,
          x => choose({ sound: x === 'on' }));
        unlockSound();
        return ok;
      },
    },
    {
      keys: ['t'], name: 'theme', argument: '[dark|light]', help: 'colours of the page',
      run: w => turn(['dark', 'light'], settings.theme, w, theme => choose({ theme })),
    },
    {
      keys: ['g'], name: 'language', argument: '[en|ja|ko]', help: 'language of the page',
      run: w => turn<Language>(LANGUAGES, settings.language, w, language => choose({ language })),
    },
    {
      keys: ['u'], name: 'units', argument: '[km|nm]', help: 'kilometres or nautical miles',
      run: w => turn(['km', 'nm'], settings.miles ? 'nm' : 'km', w,
        x => choose({ miles: x === 'nm' })),
    },
  ];
}

function travels(page: Page): Action[] {
  return [
    { keys: [' '], name: 'play', help: 'plays from where the replay is, or stops it',
      run: togglePlay },
    { keys: [','], name: 'back', help: '5 s back', run: () => stepReplay(-1) },
    { keys: ['.'], name: 'forward', help: '5 s forward', run: () => stepReplay(1) },
    { keys: [], name: 'replay', argument: 'HH:MM[:SS]', help: 'the picture of that time, Z',
      run: replayFrom },
    { keys: ['n'], name: 'now', help: 'back to the present', run: backToNow },
    { keys: ['0'], name: 'follow', help: 'the map follows what happens', run: page.follow },
    { keys: ['+', '='], name: 'nearer', help: 'enlarges the map', run: () => zoom(page, 1.25) },
    { keys: ['-'], name: 'farther', help: 'shows more of the map', run: () => zoom(page, 0.8) },
    {
      keys: ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'], name: 'pan',
      argument: 'left|right|up|down', help: 'moves the map', run: d => pan(page, d),
    },
  ];
}

const ORDERS: [kind: Kind, argument: string, help: string][] = [
  ['approve', '[EVENT]', 'its warning may go out to people'],
  ['cancel', '[EVENT] REASON', 'its warning is taken back, wherever it went'],
  ['warn', '[EVENT] REASON', 'it may be warned of again'],
  ['false', '[EVENT] REASON', 'there is no object: the warning is cancelled'],
  ['real', '[EVENT] REASON', 'it is one after all'],
  ['space', '[EVENT] REASON', 'a space launch that is known of'],
  ['merge', '[EVENT] EVENT REASON', 'the first is the same launch as the second'],
  ['split', '[EVENT] NATION REASON', "that nation's track is another object"],
  ['hold', '[EVENT] [NATION] REASON', 'nothing more goes there'],
  ['release', '[EVENT] [NATION] REASON', 'what is held goes again'],
];

/** Where officers sign in. */
function orders(page: Page): Action[] {
  return [
    ...ORDERS.map(([kind, argument, help]): Action => ({
      keys: [], name: kind, argument, help,
      run: text => hasOfficers() && orderByCommand(kind, text, page.picked()),
    })),
    { keys: [], name: 'sign-out', help: 'ends your session',
      run: () => hasOfficers() && void signOut() },
  ];
}

/** A number, if one is there; NaN if it is none. */
const number = (text: string): number | undefined => (text ? Number(text) : undefined);

/** For the controller of an exercise. */
function steering(): Action[] {
  const act = (what: string, help: string, argument?: string): Action => ({
    keys: [], name: what, argument, help,
    run: text => {
      const value = number(text);
      const ok = canControl() && !Number.isNaN(value);
      return ok && void steer(what, value);
    },
  });
  return [
    { keys: ['c'], name: 'control', help: 'the exercise, for its controller', run: toggleControl },
    act('pause', 'the exercise stands'),
    act('go', 'it goes on, so many times real time', '[SPEED]'),
    act('jump', 'so many seconds ahead', 'SECONDS'),
    act('inject', 'that launch once more', 'NUMBER'),
  ];
}

export function actionsOf(page: Page): Action[] {
  return [
    { keys: ['a'], name: 'acknowledge', help: 'all that is new has been seen',
      run: () => acknowledge() },
    { keys: ['j', ']'], name: 'next', help: 'the next event', run: () => pickNext(page, 1) },
    { keys: ['k', '['], name: 'previous', help: 'the event before',
      run: () => pickNext(page, -1) },
    { keys: [], name: 'event', argument: 'NAME', help: 'the event of that name',
      run: name => pickNamed(page, name) },
    { keys: ['Home'], name: 'urgent', help: 'the most urgent event, whichever it is',
      run: () => page.pick(null) },
    { keys: ['p'], name: 'profile', help: 'altitude over time, or over distance',
      run: turnProfile },
    ...switches(),
    ...travels(page),
    ...orders(page),
    { keys: ['l'], name: 'log', help: 'what happened', run: () => toggleBox('history') },
    { keys: ['h'], name: 'health', help: 'sensors, links and clock, one by one',
      run: () => toggleBox('stations') },
    ...steering(),
    { keys: ['o'], name: 'handover', help: 'one page for the next watch, to print',
      run: () => void showHandover() },
    { keys: ['?'], name: 'help', help: 'this list', run: () => toggleBox('help') },
  ];
}
