// Who is signed in at this page, and the way in and out. Where the node names no officers nobody
// signs in, and the page only shows.
import { $, el, put } from './dom';
import { span } from './format';
import { domainName, nationName, t, type Key } from './words';

export type Role = 'watch' | 'release' | 'engineer' | 'observer' | 'control';

interface Who {
  nation: string;
  domain: string;
  sign_in: boolean;
  controls: boolean;
  name: string | null;
  roles?: Role[];
  token?: string;
}

interface Answer {
  ok: boolean;
  why: string;
  wait_s: number;
}

let who: Who = { nation: '', domain: 'unknown', sign_in: false, controls: false, name: null };

/** Whether orders can be given here at all. */
export const hasOfficers = (): boolean => who.sign_in;
export const has = (role: Role): boolean => who.roles?.includes(role) ?? false;
export const canControl = (): boolean => who.controls && has('control');

export const signedInAs = (): string => who.name ?? '';

/** The words for an order's kind, as the node has it. */
export const happeningOrder = (kind: string): Key => `order_${kind}` as Key;

/** Sends what an officer wants; tells why it was refused. */
export async function post(path: string, body: object): Promise<Answer> {
  try {
    const answer = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Watchfire-Token': who.token ?? '' },
      body: JSON.stringify(body),
    });
    const said = answer.headers.get('Content-Type') === 'application/json'
      ? await answer.json() : {};
    if (answer.ok && 'sign_in' in said) {
      who = said as Who;
    }
    return { ok: answer.ok, why: said.why ?? 'refused', wait_s: said.wait_s ?? 0 };
  } catch {
    return { ok: false, why: 'busy', wait_s: 0 };
  }
}

const WHY: Record<string, Key> = {
  wrong: 'whyWrong', locked: 'whyLocked', busy: 'whyBusy', role: 'whyRole', gone: 'whyGone',
  state: 'whyState', body: 'whyBody', 'signed out': 'whySignedOut', refused: 'whyRefused',
};

export const whyWords = (a: Answer): string =>
  t(WHY[a.why] ?? 'whyRefused', a.wait_s ? span(a.wait_s) : '');

function showForm(): void {
  put($('signInDomain'), domainName(who.domain));
  put($('signInTitle'), `${nationName(who.nation)} · ${t('signIn')}`);
  put($('signInNameLabel'), t('officerName'));
  put($('signInPasswordLabel'), t('password'));
  put($('signInGo'), t('signIn'));
}

/** In the bar: who is signed in, and as what. */
export function showOfficer(): void {
  showForm();
  const box = $('officer');
  box.hidden = !who.name;
  const roles = (who.roles ?? []).map(r => t(`role_${r}` as Key)).join(', ');
  put($('officerName'), who.name ? `${who.name} · ${roles}` : '');
  put($('signOut'), t('signOut'));
}

function ask(done: () => void): void {
  const form = $('signInForm') as HTMLFormElement;
  const name = $('signInName') as HTMLInputElement;
  const password = $('signInPassword') as HTMLInputElement;
  const go = $('signInGo') as HTMLButtonElement;
  showForm();
  $('signIn').hidden = false;
  document.body.dataset.domain = who.domain;
  document.title = `${domainName(who.domain)} · ${who.nation} · Watchfire`;
  document.body.classList.add('signed-out');
  name.focus();
  form.onsubmit = async e => {
    e.preventDefault();
    go.disabled = true;
    put($('signInSays'), t('checking'));
    const answer = await post('sign-in', { name: name.value, password: password.value });
    go.disabled = false;
    password.value = '';
    put($('signInSays'), answer.ok ? '' : whyWords(answer));
    if (answer.ok) {
      $('signIn').hidden = true;
      document.body.classList.remove('signed-out');
      showOfficer();
      done();
    } else {
      password.focus();
    }
  };
}

/** Asks the node who is signed in; shows the way in if somebody has to be. */
export async function begin(done: () => void): Promise<void> {
  try {
    who = (await (await fetch('who')).json()) as Who;
  } catch {
    setTimeout(() => void begin(done), 2000);
    return;
  }
  showOfficer();
  if (who.sign_in && !who.name) {
    ask(done);
  } else {
    done();
  }
}

export async function signOut(): Promise<void> {
  await post('sign-out', {});
  location.reload();
}

/** A sentence for a few seconds, below. */
export function say(text: string, bad = false): void {
  const box = $('said');
  box.replaceChildren(el('span', bad ? 'bad' : '', text));
  box.hidden = false;
  clearTimeout(sayEnds);
  sayEnds = window.setTimeout(() => {
    box.hidden = true;
  }, 6000);
}
let sayEnds = 0;
