import type {Owned} from '../../model.ts';
import type {Kind, Load} from '../kind.ts';
import {safePath} from '../path.ts';
import {blockBegin, blockEnd} from './block.ts';
import {sysctlFile} from './kernel.ts';
import {ownLineEnd} from './line.ts';
import {dropInOf} from './masked.ts';
import {unitName} from './service.ts';
import {undoShell} from './undo-shell.ts';

/** What stands before a line of fstab that was put out of force. Reset takes that away alone: mounts that were added in the years since are not ours to take. */
export const outOfForce = '# kubestrap: swap off: ';

/** What is to be done for a line of the record: a word of `undone` and `undo` below, and its arguments. Absent: nothing can or need be given back. */
type How = readonly [word: string, ...args: string[]] | undefined;

/**
 * Line by line the record of ownership is taken back. A file gets its former bytes, mode and owner, or goes when there was none; a folder goes
 * only when it is empty; what somebody has changed since stays as he made it, and is said; a binary goes only while it is the one that we laid; a service gets its former state.
 */
export const undo: Kind<'undo'> = {
	shell: undoShell,
	words: ({owned}, _context, load) => {
		const how = howOf(owned, load);
		if (how === undefined) throw new Error(`nothing can be given back for ${owned.kind} ${owned.name}`);
		return how;
	},
};

/** Whether a line of the record can be taken back by an `undo` step. What was `noted` is a tree: `cleared` takes it away. */
export const isUndoable = ({kind, name, before}: Owned): boolean =>
	// Whether its path may be touched is for the step to say.
	howOf({kind, name: ['service', 'sysctl', 'masked'].includes(kind) ? name : '/a/path', before}, () => '') !== undefined;

/** How each kind of line is taken back; what `before` may say is in the kinds themselves. */
const rows: Readonly<Record<string, (owned: Owned, load: Load) => How>> = {
	file: (owned, load) =>
		owned.name.endsWith('/etc/fstab') && owned.before !== null
			? ['revived', safePath(owned.name), outOfForce]
			: givenBack(owned, load),
	link: givenBack,
	absent: (owned, load) => (owned.before === null || isBare(owned.before) ? undefined : givenBack(owned, load)),
	dir: ({name, before}) => [
		before === null ? 'empty' : 'mode',
		safePath(name, {atTop: true}),
		...(before === null ? [] : [before]),
	],
	binary: ({name, before}) => [before === null ? 'laid' : 'replaced', safePath(name)],
	block: ({name, before}) => ['block', safePath(name), blockBegin, blockEnd, before ?? 'none'],
	masked({name, before}) {
		const [running] = serviceBefore(before ?? '');
		const where = /masked(-runtime)?$/.exec(before ?? '');
		// One that neither ran nor could be started is as it was.
		if (where?.[1] === undefined && where !== null && running === 'no') return undefined;
		return ['masked', unitName(name), dropInOf(name), running, where === null ? '-' : where[1] === undefined ? 'etc' : 'run'];
	},
	line: ({name, before}) => ['line', safePath(name), ownLineEnd, before ?? 'none'],
	sysctl: ({name, before}) => (before === null ? undefined : ['sysctl', sysctlFile(name), before.trim()]),
	service: ({name, before}) => ['service', unitName(name), ...serviceBefore(before ?? '')],
};

function howOf(owned: Owned, load: Load): How {
	return Object.hasOwn(rows, owned.kind) ? rows[owned.kind]!(owned, load) : undefined;
}

/** `MODE OWNER` without bytes: a secret that we wrote over. Its bytes are nowhere, and ours must not stay. */
const isBare = (before: string) => !before.startsWith('link ') && before.split(' ').length === 2;

function givenBack({name, before}: Owned, load: Load): How {
	const path = safePath(name);
	const [first = '', second = '', bytes = ''] = (before ?? '').split(' ');
	if (before === null || isBare(before)) return ['gone', path];
	const temporary = `${path}.kubestrap`;
	if (first === 'link') return ['link', path, Buffer.from(second, 'base64').toString('utf8').replace(/\n$/, ''), temporary];
	return ['bytes', path, `${first} ${second}`, load(bytes), temporary];
}

/** `ACTIVE ENABLED` as systemd said it, as `yes|no` and `yes|no|masked|-`. */
function serviceBefore(before: string): [running: string, enabled: string] {
	const [active = '', enabled = ''] = before.split(' ');
	const running = ['active', 'activating', 'reloading'].includes(active) ? 'yes' : 'no';
	const known: Readonly<Record<string, string>> = {enabled: 'yes', disabled: 'no', absent: 'no', '': 'no'};
	return [running, enabled.startsWith('masked') ? 'masked' : (known[enabled] ?? '-')];
}
