/** What may differ between a living cluster of ours and one of kubeadm's, line by line, and why. */

export type LivingDifference = {
	readonly what: 'objects' | 'files';
	/** Which objects (`Kind/namespace/name`) or paths. */
	readonly name: RegExp;
	/** Which lines of their difference: `- ` kubeadm's, `+ ` ours. */
	readonly line: RegExp;
	readonly why: string;
};

export const explainedLiving: readonly LivingDifference[] = [];
