import {ownedOf, wasRunning} from '../contract/whose.ts';
import type {Command, Owned, Phase, Step} from '../model.ts';
import {isUndoable} from '../steps/kinds/undo.ts';

const isDown: Command = {
	sh: 'case $(systemctl is-active "$1") in active | activating | reloading | deactivating) exit 1 ;; esac',
	args: ['kubelet.service'],
};

/** The kubelet goes first, or it would start again what is taken away. With it go the units that were not there, or not started, before us. */
export const resetKubelet: Phase = {
	name: 'reset-kubelet',
	title: 'Stop the kubelet',
	on: 'every',
	steps: ({site}): Step[] => [
		{kind: 'run', title: 'stop kubelet.service', command: ['systemctl', 'stop', 'kubelet.service'], unless: isDown},
		...ownedOf(site, 'service').filter(isStoppedFirst).map(undone),
	],
};

/** The runtime is needed to end its pods. */
const isStoppedFirst = (owned: Owned) => owned.name !== 'containerd.service' && !wasRunning(owned) && isUndoable(owned);

export const undone = (owned: Owned): Step => ({kind: 'undo', owned});
