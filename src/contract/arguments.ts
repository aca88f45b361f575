/** How kubeadm puts a component's command line together (contract 6.2). */
import type {Arg} from '../model.ts';

/**
 * Defaults sorted by name and value, without the names that `extra` sets; then all of `extra` in the order given, repetitions kept.
 * Items are `--name=value`, as they go into a pod's command or kubeadm-flags.env.
 */
export function mergeArguments(defaults: readonly string[], extra: readonly Arg[] = []): string[] {
	const replaced = new Set(extra.map(({name}) => name));
	const kept = defaults.map(split).filter(({name}) => !replaced.has(name));
	const sorted = kept.sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value));
	return [...sorted, ...extra].map(({name, value}) => `--${name}=${value}`);
}

/** The value that a component would see: the last one of that name. */
export function lastValue(args: readonly Arg[] | undefined, name: string): string | undefined {
	return args?.findLast((arg) => arg.name === name)?.value;
}

/** Bytewise order, as Go sorts strings; all texts here are ASCII, or at least in the basic plane. */
export function compare(a: string, b: string): number {
	if (a === b) return 0;
	return a < b ? -1 : 1;
}

function split(item: string): Arg {
	const [name, ...rest] = item.slice('--'.length).split('=');
	return {name: name ?? '', value: rest.join('=')};
}
