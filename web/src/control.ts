// What the controller of an exercise sees and does: what will be launched and when, pause, go on,
// jump ahead, launch once more. Players never get any of it.
import { $, el, put, table, type Cell } from './dom';
import { distance, span } from './format';
import { canControl, post, say, whyWords } from './officer';
import { t } from './words';

interface Truth {
  title: string;
  t_s: number;
  speed: number;
  stands: boolean;
  suspended: string;
  injected: number;
  launches: {
    name: string;
    t_s: number;
    apogee_km: number;
    range_km: number;
    in_orbit: boolean;
  }[];
}

const REFRESH_MS = 1000;

const box = (): HTMLDialogElement => $('control') as HTMLDialogElement;
const at = (t_s: number): string => `T${t_s < 0 ? '−' : '+'}${span(Math.abs(t_s))}`;

export async function steer(what: string, value?: number): Promise<void> {
  if (!canControl()) {
    say(t('needsRole', t('role_control')), true);
    return;
  }
  const answer = await post('control', value === undefined ? { what } : { what, value });
  say(answer.ok ? t('controlDone') : whyWords(answer), !answer.ok);
  void refresh();
}

function launches(truth: Truth): HTMLElement {
  const rows = truth.launches.map((l, i): Cell[] => {
    const again = el('button', '', t('controlInject')) as HTMLButtonElement;
    again.type = 'button';
    again.onclick = () => void steer('inject', i + 1);
    return [
      String(i + 1), l.name, ['n', at(l.t_s)], ['n', distance(l.apogee_km)],
      ['n', l.in_orbit ? '–' : distance(l.range_km)], again,
    ];
  });
  const heads: Cell[] = [
    '', t('handEvent'), ['n', t('handTime')], ['n', t('apogee')], ['n', t('range')], '',
  ];
  return table(t('controlTruth'), heads, rows);
}

async function refresh(): Promise<void> {
  if (!box().open) {
    return;
  }
  const answer = await fetch('control');
  if (!answer.ok) {
    return;
  }
  const truth = (await answer.json()) as Truth;
  const state = truth.suspended || (truth.stands ? t('controlStands') : `×${truth.speed}`);
  put($('controlTitle'), `${t('controlTitle')}: ${truth.title}`);
  put($('controlState'), `${at(truth.t_s)} · ${state}`);
  const key = JSON.stringify([truth.launches, t('controlTruth')]);
  if ($('controlLaunches').dataset.key !== key) {
    $('controlLaunches').dataset.key = key;
    $('controlLaunches').replaceChildren(launches(truth));
  }
}

export function toggleControl(): void {
  if (!canControl()) {
    say(t('needsRole', t('role_control')), true);
    return;
  }
  if (box().open) {
    box().close();
    return;
  }
  for (const [id, key, run] of [
    ['controlPause', 'pause', () => steer('pause')],
    ['controlGo', 'controlGo', () => steer('go')],
    ['controlJump', 'controlJump', () => steer('jump', 60)],
  ] as const) {
    put($(id), t(key));
    $(id).onclick = () => void run();
  }
  box().show();
  void refresh();
}

setInterval(() => void refresh(), REFRESH_MS);
