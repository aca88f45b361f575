/** What can go wrong with a registry, in words that say where, what, and what to do. */
import {StepError} from '../../errors.ts';

/**
 * `absent`: it has no such thing. `denied`: it wants other credentials. `silent`: it cannot be reached, or gave up after several tries.
 * `wrong`: its answer is not what it should be; nothing of it was used.
 */
export type RegistryFault = 'absent' | 'denied' | 'silent' | 'wrong';

const hints: Readonly<Record<RegistryFault, string>> = {
	absent: 'is the name right, and was it ever copied there? `kubestrap images mirror` copies images',
	denied: "name a file like Docker's config.json with --auth-file or mirror.auth, or log in with docker login",
	silent: 'run the same command again: what is there already is not moved again',
	wrong: 'nothing of it was used; take another source, or tell who runs that registry',
};

/** What a registry (or an image layout) did not give. `where` is the registry's host or the file, `ref` what was asked for. */
export class RegistryError extends StepError {
	readonly fault: RegistryFault;
	readonly where: string;
	readonly ref: string;
	/** The sentence alone, without where and what. */
	readonly why: string;
	constructor(fault: RegistryFault, {where, ref}: {where: string; ref: string}, why: string, {hint, cause}: Extra = {}) {
		super(`${ref.startsWith(`${where}/`) ? '' : `${where}: `}${ref}: ${why}`, {
			hint: hint ?? hints[fault],
			...(cause === undefined ? {} : {cause}),
		});
		this.fault = fault;
		this.where = where;
		this.ref = ref;
		this.why = why;
	}
}

type Extra = {readonly hint?: string; readonly cause?: unknown};
