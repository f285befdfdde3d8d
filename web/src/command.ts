// The keyboard and the command line: whatever the page can do, it does without a mouse.
import { $, el, put } from './dom';
import { hideHandover } from './handover';
import { t } from './words';

export interface Action {
  keys: string[]; // as KeyboardEvent.key gives them
  name: string; // on the command line
  argument?: string; // what may follow the name, for the help
  help: string;
  run: (argument: string) => boolean | void; // false = the argument makes no sense
}

let actions: Action[] = [];
let done: () => void = () => undefined;

const line = (): HTMLInputElement => $('command') as HTMLInputElement;

function openLine(): void {
  $('commandBox').hidden = false;
  put($('commandSays'), '');
  line().value = '';
  line().focus();
}

function closeLine(): void {
  $('commandBox').hidden = true;
  line().blur();
}

/** Runs what was typed; false if there is no such command. */
export function runCommand(text: string): boolean {
  const [name = '', ...rest] = text.trim().replace(/^\//, '').split(/\s+/);
  const like = name ? actions.filter(a => a.name.startsWith(name)) : [];
  const found = actions.find(a => a.name === name) ?? (like.length === 1 ? like[0] : undefined);
  if (!found || found.run(rest.join(' ')) === false) {
    return false;
  }
  done();
  return true;
}

export function showHelp(): void {
  put($('helpTitle'), t('helpTitle'));
  $('helpList').replaceChildren(
    ...actions.flatMap(a => [
      el('dt', '', a.keys.map(k => (k === ' ' ? 'space' : k)).join(' ')),
      el('dd', '', el('code', '', `/${a.name}${a.argument ? ' ' + a.argument : ''}`), ` ${a.help}`),
    ]),
  );
}

function closeBoxes(): void {
  for (const id of ['help', 'history', 'stations', 'order', 'control']) {
    ($(id) as HTMLDialogElement).close();
  }
  hideHandover();
  closeLine();
}

export function toggleBox(id: 'help' | 'history' | 'stations'): void {
  const box = $(id) as HTMLDialogElement;
  box.open ? box.close() : box.show();
}

function takeKey(k: KeyboardEvent): void {
  const typing = k.target instanceof HTMLInputElement || k.target instanceof HTMLSelectElement;
  if (k.key === 'Escape') {
    closeBoxes();
    return;
  }
  const press = k.target instanceof HTMLButtonElement && (k.key === ' ' || k.key === 'Enter');
  if (($('order') as HTMLDialogElement).open || !$('signIn').hidden) {
    return;
  }
  if (k.ctrlKey || k.metaKey || k.altKey || typing || press) {
    return;
  }
  if (k.key === '/') {
    k.preventDefault();
    openLine();
    return;
  }
  const found = actions.find(a => a.keys.includes(k.key));
  if (found) {
    k.preventDefault();
    found.run(k.key.startsWith('Arrow') ? k.key.slice(5).toLowerCase() : '');
    done();
  }
}

export function handleCommands(all: Action[], changed: () => void): void {
  actions = all;
  done = changed;
  addEventListener('keydown', takeKey);
  line().onkeydown = k => {
    if (k.key === 'Enter') {
      if (runCommand(line().value)) {
        closeLine();
      } else {
        put($('commandSays'), t('noSuch', line().value));
      }
    }
  };
}
