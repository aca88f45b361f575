/** What the first `apply` changes in a cluster that kubeadm made, and why: the README's table. The second one changes nothing. */

export type Adopted = {
	readonly what: string;
	readonly why: string;
	/** Steps that it stands for: `NODE STEP`, as events name them. Absent: only on machines that the test does not have. */
	readonly step?: RegExp;
};

export const adopted: readonly Adopted[] = [
	{
		what: '`/var/lib/kubestrap/formed` on control planes',
		why: 'a note of ours that this cluster is there, so that nobody begins another one with the same machines',
		step: /^\S+ file \/var\/lib\/kubestrap\/formed$/,
	},
	{
		what: 'one `daemon-reload` and one restart of the kubelet, where `init --only-phases` laid down its unit and kubeadm started it',
		why: 'kubestrap remembers that the files of a unit changed until it has restarted the unit itself; pods go on',
		step: /^\S+ service (containerd|kubelet)\.service$/,
	},
	{
		what: 'machines that kubestrap did not prepare: programs of the lock in `/usr/bin`, `/usr/local` and `/opt/cni/bin`, units, configuration of containerd and crictl, sysctls and modules',
		why: 'a node is the same whoever let it in; what was there before is recorded and comes back with `reset`',
	},
	{
		what: 'flannel, CoreDNS and kube-proxy of another release, or set up in another way than the config says',
		why: 'the config is what is wanted; objects that would come out the same are not written. For another pod network write `network: {cni: none}`',
	},
];
