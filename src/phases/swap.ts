import {unitsOfSwap} from '../checks/swap-sources.ts';
import type {Command, Phase, Scope, Step} from '../model.ts';
import {asRead} from '../steps/content.ts';
import {outOfForce} from '../steps/kinds/undo.ts';

/** A line of fstab that systemd would turn into a swap unit: the third column decides, never the text of the device. */
const swapLine = /^(?=[ \t]*[^#\s])[ \t]*\S+[ \t]+\S+[ \t]+swap(?=[ \t]|$).*$/gm;

/** What reset needs to turn it on again: lines of /proc/swaps. Earlier versions wrote names of units into `masked`. */
export const masked = '/var/lib/kubestrap/masked-swap-units';
export const swapped = '/var/lib/kubestrap/swaps';

const noSwap: Command = {sh: '[ "$(wc -l < /proc/swaps)" -le 1 ]'};
const swapOff: Command = {sh: `tail -n +2 /proc/swaps >>${swapped} && sync ${swapped} /var/lib/kubestrap && swapoff --all`};

/** fstab with its swap lines commented out. Its other bytes stay as they are. */
export function withoutSwap(fstab: string): string {
	return fstab.replace(swapLine, `${outOfForce}$&`);
}

/**
 * The kubelet's memory accounting does not hold with swap: turn it off now and after every boot (kubeadm's check Swap). What would turn it on again is
 * known from a simulated boot (src/checks/swap-sources.ts); whatever is named there is masked.
 * An image to resume from (RESUME= of initramfs-tools) is left: reading one turns no swap on.
 */
export const swap: Phase = {
	name: 'swap',
	title: 'Turn swap off',
	on: 'every',
	steps: (scope) => (scope.cluster.swap === 'off' ? turnedOff(scope) : []),
};

function turnedOff({site}: Scope): Step[] {
	const fstab = site.facts.files['/etc/fstab'];
	const steps: Step[] = [];
	if (fstab?.text !== undefined && withoutSwap(fstab.text) !== fstab.text) {
		steps.push({
			kind: 'file',
			path: '/etc/fstab',
			content: asRead(fstab, withoutSwap(fstab.text)),
			mode: fstab.mode,
			owner: fstab.owner,
		});
	}
	// In a container the list of swaps is the host's, and only the host can change it.
	if (site.facts.container === undefined) {
		// Before the rest: a service that made its swap takes it away by itself, and is what reset starts again.
		steps.push(...unitsOfSwap(site).map(({unit}): Step => ({kind: 'masked', unit})), {
			kind: 'run',
			title: 'swapoff --all',
			command: swapOff,
			unless: noSwap,
		});
	}
	return steps;
}
