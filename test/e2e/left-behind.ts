/** What a machine keeps after `reset`, and why: the README's table, and what the comparison of trees leaves out. */

export type Left = {
	readonly what: string;
	readonly why: string;
	/** Lines of the comparison (stage.ts `whole`) that it stands for. */
	readonly lines?: RegExp;
};

export const leftBehind: readonly Left[] = [
	{
		what: 'empty tables of iptables: base chains without a rule, policy ACCEPT',
		why: 'they have no effect, and whoever asks iptables for anything makes them',
		lines: /^rules (\*|COMMIT|:[A-Z]+ ACCEPT)/,
	},
	{
		what: 'sysctls that the kubelet and kube-proxy set by themselves (`vm.overcommit_memory`, `kernel.panic`, `route_localnet`, conntrack limits), until the next boot',
		why: 'kubestrap did not set them, so it does not know what was there; its own ones are given back',
	},
	{
		what: 'kernel modules stay loaded, until the next boot',
		why: 'something else may use them by now; what loads them at boot is taken away',
	},
	{
		what: 'rules of Services, where the machine has neither iptables nor nft, until the next boot',
		why: 'kube-proxy brings its own tools in its image, which has gone by then',
	},
	{
		what: 'what lies beside ours: profiles in `/var/lib/kubelet/seccomp`, configurations of other network plug-ins, binaries that were replaced since',
		why: 'kubestrap did not put it there; a folder that holds it stays',
	},
	{
		what: 'what apt keeps for itself: indexes, cache, logs; and packages that were there before, at the version that they have now',
		why: 'they were the machine\u2019s already, and their former version is nowhere to be had',
	},
	{
		what: 'the former bytes of a key or token that was written over',
		why: 'secrets are not copied into the record; ours are deleted',
	},
	{
		what: '`~/.kube` of any user, the journal, and what is in `/run` until the next boot',
		why: 'not on the machine by init, or gone by itself',
	},
];

/** What differs between two looks at a machine (stage.ts `whole`), but for what is known to stay. */
export function differences(now: readonly string[], then: readonly string[]): string[] {
	const [had, has] = [new Set(then), new Set(now)];
	const known = (line: string) => leftBehind.some(({lines}) => lines?.test(line));
	const gone = then.filter((line) => !has.has(line)).map((line) => `- ${line}`);
	const come = now.filter((line) => !had.has(line) && !known(line)).map((line) => `+ ${line}`);
	return [...gone, ...come];
}
