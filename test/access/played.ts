/** A played control plane: a machine with a kubectl that keeps the API's objects in a file. */
import {join} from 'node:path';
import {execPath} from 'node:process';
import {type Machine, machine} from '../run/machine.ts';

export {isRoot} from '../run/machine.ts';

const kubectl = join(import.meta.dirname, 'kubectl.ts');

export type Played = Machine & {
	/** What the API holds, by `kind/namespace/name`. */
	objects(): Record<string, Stored>;
	put(objects: Record<string, unknown>): void;
	/** Every command line of kubectl so far. */
	calls(): string;
};
export type Stored = {
	data: Record<string, string>;
	spec: Record<string, string>;
	metadata: {uid: string; resourceVersion: string; ownerReferences?: unknown};
};

export function played(name = 'cp1'): Played {
	const one = machine(name);
	one.fake('kubectl', `exec flock /run/api.lock ${execPath} ${kubectl} "$@"`);
	const file = '/run/objects.json';
	return {
		...one,
		objects: () => (one.has(file) ? (JSON.parse(one.read(file)) as Record<string, Stored>) : {}),
		put: (objects) => one.write(file, JSON.stringify(objects)),
		calls: () => (one.has('/run/kubectl.log') ? one.read('/run/kubectl.log') : ''),
	};
}
