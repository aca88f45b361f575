/** What may differ between a living cluster of ours and one of kubeadm's, line by line, and why. */

export type LivingDifference = {
	readonly what: 'objects' | 'files';
	/** Which objects (`Kind/namespace/name`) or paths. */
	readonly name: RegExp;
	/** Which lines of their difference: `- ` kubeadm's, `+ ` ours. */
	readonly line: RegExp;
	readonly why: string;
};

export const explainedLiving: readonly LivingDifference[] = [
	{
		what: 'files',
		name: /^\/var\/lib\/kubelet\/pki\/kubelet-client-(kubestrap|\d{4}(-\d\d){5})\.pem$/,
		line: /^[-+] (\(absent\)|f 600 root:root)$/,
		why: 'the first pem below /var/lib/kubelet/pki: a plan knows no clock, and the kubelet reads only the link',
	},
];
