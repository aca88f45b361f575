/** Small values for engine tests: a cluster with as many nodes as wanted, phases by hand, an empty lock. */
import type {Cluster, Facts, Identity, Lock, Phase, PlannedPhase, Role, Secrets, Site, Step} from '../../src/model.ts';

export const emptyLock: Lock = {binaries: {}, images: {}, madeBy: 'test', madeAt: '2026-01-01T00:00:00Z'};

export const cluster = {
	name: 'test',
	configuration: {kubernetesVersion: 'v1.37.1'},
	registration: {criSocket: 'unix:///run/containerd/containerd.sock'},
	nodes: [],
	mirror: {images: {}, insecure: []},
} as unknown as Cluster;

export const identity: Identity = {clusterId: 'id-1', birthplace: 'cp1', items: {}};

export function site(name: string, role: Role = 'control-plane', files: Facts['files'] = {}): Site {
	const facts = {hostname: name, arch: 'amd64', files} as unknown as Facts;
	return {name, role, address: '192.0.2.1', spec: {name, role, address: name} as unknown as Site['spec'], facts};
}

export const phase = (name: string, more: Partial<Phase> = {}): Phase => ({
	name,
	title: name,
	on: 'every',
	steps: () => [],
	...more,
});

export const planned = (name: string, steps: readonly Step[], more: Partial<PlannedPhase> = {}): PlannedPhase => {
	return {name, title: name, background: false, needs: [], steps, ...more};
};

export const noSecrets: Secrets = {get: async (id) => Buffer.from(`<${id}>`), values: () => []};
