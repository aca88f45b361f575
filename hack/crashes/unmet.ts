/** Phases that have no step on the machines of the crash matrix, and why. Every other phase of its recipes has its cases. */
export const unmet: Readonly<Record<string, string>> = {
	'package-sources': 'the lab installs binaries',
	packages: 'the lab installs binaries',
	'reset-packages': 'nothing was installed as a package',
	swap: 'a container has no swap of its own',
	firewall: 'the machines have no firewall',
	'reset-firewall': 'the machines have no firewall',
	'time-sync': 'a container has no clock of its own',
	'kubelet-anew': 'nobody deletes a Node behind our back',
	'node-proxy': 'the lab has no load balancer of its own',
	'worker-endpoint': 'the endpoint is the first control plane itself',
	'endpoint-ready': 'the endpoint is the first control plane itself',
	'reset-services': 'nothing ran before us on bare machines',
};

/** Kinds of steps of those phases alone. */
export const unmetKinds: readonly string[] = ['package', 'purged', 'rpms', 'rpmless', 'import', 'line', 'link', 'masked'];
