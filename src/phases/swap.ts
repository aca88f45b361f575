import type {Command, Phase, Scope, Step} from '../model.ts';

/** A line of fstab that systemd would turn into a swap unit: the third column decides, never the text of the device. */
const swapLine = /^(?=[ \t]*[^#\s])[ \t]*\S+[ \t]+\S+[ \t]+swap(?=[ \t]|$).*$/gm;

/** What reset needs to turn it on again: names of units, and lines of /proc/swaps. */
export const masked = '/var/lib/kubestrap/masked-swap-units';
export const swapped = '/var/lib/kubestrap/swaps';

const noSwap: Command = {sh: '[ "$(wc -l < /proc/swaps)" -le 1 ]'};
const maskUnits: Command = {
	sh: `for unit in $(systemctl list-unit-files --type=swap --state=enabled,static,generated --plain --no-legend | cut -d " " -f 1); do
	echo "$unit" >>${masked} && systemctl mask --quiet "$unit" || exit 1
done`,
};
const swapOff: Command = {sh: `tail -n +2 /proc/swaps >>${swapped} && swapoff --all`};
const noUnits = (states: string): Command => ({
	sh: '[ -z "$(systemctl list-unit-files --type=swap --state="$1" --plain --no-legend)" ]',
	args: [states],
});

/** fstab with its swap lines commented out. Its other bytes stay as they are. */
export function withoutSwap(fstab: string): string {
	return fstab.replace(swapLine, '# kubestrap: swap off: $&');
}

/** The kubelet's memory accounting does not hold with swap: turn it off now and after every boot (kubeadm's check Swap). */
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
		steps.push({kind: 'file', path: '/etc/fstab', content: withoutSwap(fstab.text), mode: fstab.mode, owner: fstab.owner});
	}
	// In a container the list of swaps is the host's, and only the host can change it.
	if (site.facts.container === undefined) {
		// What systemd generates of fstab ends with its line there; where only root may read fstab, we leave it alone and mask its units.
		const unread = fstab !== undefined && fstab.text === undefined;
		const states = unread ? 'enabled,static,generated' : 'enabled,static';
		steps.push(
			{kind: 'run', title: 'mask swap units', command: maskUnits, unless: noUnits(states)},
			{kind: 'run', title: 'swapoff --all', command: swapOff, unless: noSwap},
		);
	}
	return steps;
}
