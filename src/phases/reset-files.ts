import type {Command, Owned, Phase, Step} from '../model.ts';
import {isUndoable} from '../steps/kinds/undo.ts';
import {undone} from './reset-kubelet.ts';

/** Kinds of the record in the order in which they are taken back: what is inside goes before its folder, the file of a setting before its value. */
const order = ['noted', 'file', 'line', 'block', 'absent', 'link', 'binary', 'sysctl', 'dir'] as const;

/** A place of everybody's, which goes only when nobody has put anything there since. */
const shared = '/lib/modules';

const reloaded: Command = {sh: '[ ! -e /var/lib/kubestrap/pending/daemon-reload ]'};
const reload: Command = {sh: 'systemctl daemon-reload && rm -f /var/lib/kubestrap/pending/daemon-reload'};

/** Everything that is in the record of ownership, line by line. Kernel modules stay loaded: others may use them by now. */
export const resetFiles: Phase = {
	name: 'reset-files',
	title: 'Give files, folders and settings back',
	on: 'every',
	steps: ({site}): Step[] => {
		const owned = site.facts.ownership?.owned ?? [];
		const steps = order.flatMap((kind) => owned.filter((one) => one.kind === kind).sort(deepestFirst));
		return [
			...steps.flatMap(takenBack),
			...(owned.length > 0 ? [{kind: 'run', title: 'systemctl daemon-reload', command: reload, unless: reloaded} as const] : []),
		];
	},
};

/** What a program of ours made by itself goes whole, if nothing was there before. */
function takenBack(owned: Owned): Step[] {
	if (owned.kind === 'noted' && owned.before !== null) return [];
	if (owned.name === shared) return [undone({...owned, kind: 'dir'})];
	if (owned.kind === 'noted') return [{kind: 'cleared', path: owned.name}];
	return isUndoable(owned) ? [undone(owned)] : [];
}

const depth = ({name}: Owned) => name.split('/').length;
const deepestFirst = (one: Owned, other: Owned) => depth(other) - depth(one);
