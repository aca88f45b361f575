import {causes} from '../causes.ts';
import {readEvidence} from './evidence.ts';

/** A death that a look saw: what died, which time, and its words. `what` is the section that these words have in the evidence. */
type Death = {readonly what: string; readonly count: string; readonly lines: readonly string[]};

/** As often a program must have died of the same cause: once may be a race at the start, and whoever starts it again tries again anyway. */
const enough = 2;

/** What a wait needs, by its key: whatever else dies is another phase's, which may be about to mend it. */
const needs: Readonly<Record<string, RegExp>> = {
	nodes: /^(?:kubelet|containerd)$/,
	'node-registration': /^(?:kubelet|containerd)$/,
	'kube-proxy': /^(?:kubelet|containerd|log kube-proxy)$/,
	controllers: /^(?:kubelet|containerd|log (?:etcd|kube-(?:apiserver|controller-manager|scheduler)))$/,
};
const usual = /^(?:kubelet|containerd|log (?:etcd|kube-apiserver))$/;

/**
 * The id of the cause that makes it vain to wait on, or undefined. `looks`: what `glimpseScript` printed so far on one machine; `key`: what is waited for. Only rows that say
 * `certain` count, and only in the words of programs that died of it, twice since the wait began: what a living program complains of can still heal.
 */
export function certainly(looks: readonly string[], key: string): string | undefined {
	const deaths = looks.flatMap(deathsIn).filter(({what}) => (needs[key] ?? usual).test(what));
	for (const {id, says, in: where, certain, unless, mayHeal} of causes) {
		if (!certain) continue;
		const fitting = deaths.filter(
			({what, lines}) =>
				(where?.test(what) ?? true) &&
				lines.some(
					(line) => says.test(line.slice(0, 2000)) && ![unless, mayHeal].some((other) => other?.test(line.slice(0, 2000))),
				),
		);
		const byProgram = [...Map.groupBy(fitting, ({what}) => what).values()];
		if (byProgram.some((own) => new Set(own.map(({count}) => count)).size >= enough)) return id;
	}
	return undefined;
}

function deathsIn(look: string): Death[] {
	return [...readEvidence(look)].flatMap(([section, lines]) => {
		const [, what, count] = /^died (.+) (\d+)$/.exec(section) ?? [];
		return what === undefined || count === undefined ? [] : [{what, count, lines}];
	});
}
