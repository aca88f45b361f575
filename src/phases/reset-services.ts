import {ownedOf, wasRunning} from '../contract/whose.ts';
import type {Command, Phase, Step} from '../model.ts';
import {isUndoable} from '../steps/kinds/undo.ts';
import {undone} from './reset-kubelet.ts';
import {masked, swapped} from './swap.ts';

/** Units of swap that we masked, and swap that we turned off (a line of /proc/swaps each: DEVICE TYPE SIZE USED PRIORITY). */
const swapIsBack: Command = {sh: `[ ! -s ${masked} ] && [ ! -s ${swapped} ]`};
export const swapBack: Command = {
	sh: `set -e
if [ -s ${masked} ]; then
	sort -u ${masked} | while read -r unit; do systemctl unmask --quiet "$unit"; done
	rm ${masked}
fi
[ -s ${swapped} ] || exit 0
while read -r device type size used priority; do
	sed 's/[[:blank:]].*//' /proc/swaps | grep -qxF -e "$device" && continue
	# As the kernel writes blanks. A file that was deleted since, to win its room back, is nobody's loss.
	device=$(printf %b "$device")
	[ -e "$device" ] || { echo "$device is not there any more, and stays off"; continue; }
	case $priority in -*) swapon "$device" ;; *) swapon -p "$priority" "$device" ;; esac
done <${swapped}
rm ${swapped}`,
};

const remedy = `turn it on by hand, or leave it off: take its line out of ${swapped} on the node; then run the same command again`;

/** What ran before us runs again, on the files that are back. */
export const resetServices: Phase = {
	name: 'reset-services',
	title: 'Give services and swap back',
	on: 'every',
	steps: ({site}): Step[] => {
		const services = ownedOf(site, 'service');
		const late = services.filter((owned) => wasRunning(owned));
		const swap = ownedOf(site, 'run').some(({name}) => /swap/.test(name));
		return [
			...late.map(undone),
			...ownedOf(site, 'masked').filter(isUndoable).map(undone),
			...(swap ? [{kind: 'run', title: 'turn swap on again', command: swapBack, unless: swapIsBack, remedy} as const] : []),
		];
	},
};
