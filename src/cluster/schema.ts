/** The `Cluster` document (interfaces.md §1). Strict: a key that is not here is an error. */
import * as z from 'zod';
import {mirrorPresets} from '../artifacts/mirror-presets.ts';
import {defaultKubernetesVersion} from '../versions.ts';
import * as g from './grammar.ts';
import {kubeadmKinds, taint} from './kubeadm.ts';

export const clusterVersion = 'kubestrap.dev/v1';

const sshShape = {
	user: g.user.optional().meta({description: 'who logs in; default: what the ssh config says, else root'}),
	port: g.port.optional().meta({description: 'default: what the ssh config says, else 22'}),
	identityFile: g.localPath.optional().meta({description: 'private key file on the machine of the operator'}),
	knownHosts: g.localPath.optional().meta({description: 'known_hosts file on the machine of the operator'}),
	jump: z.array(g.jumpHost).optional().meta({description: 'bastions, first hop first'}),
};

const node = z.strictObject({
	name: g.nodeName.optional().meta({description: 'default: the host name of the machine'}),
	role: z.enum(['control-plane', 'worker']),
	via: z.enum(['ssh', 'local']).optional().meta({description: 'local: the machine that kubestrap runs on', default: 'ssh'}),
	address: g.host.optional().meta({description: 'where the operator connects to; needed unless via is local'}),
	internalAddress: g.nodeAddress
		.optional()
		.meta({description: 'what other nodes use; default: the address on the route to them'}),
	hostKey: g.hostKey.optional().meta({description: 'the pinned host key; it beats known_hosts'}),
	labels: z.record(g.labelKey, g.labelValue).optional(),
	taints: z.array(taint).optional().meta({description: 'default: what kubeadm sets for the role; []: none'}),
	ssh: z.strictObject(sshShape).optional(),
});

const mirror = z.strictObject({
	images: z
		.record(g.registryHost, z.array(g.mirrorUrl).min(1))
		.optional()
		.meta({description: 'registry host → mirrors in order'}),
	binaries: g.binarySource.optional().meta({description: 'base address, or folder of this machine, with the release layout'}),
	packages: z
		.union([g.mirrorUrl, z.strictObject({kubernetes: g.mirrorUrl.optional(), docker: g.mirrorUrl.optional()})])
		.optional()
		.meta({description: 'package repositories; one address alone is that of the Kubernetes packages'}),
	auth: g.localPath.optional().meta({description: "credentials of the mirrors: a file like Docker's config.json"}),
	ca: g.localPath.optional().meta({description: 'PEM file of the authority that signed the certificates of the mirrors'}),
	insecure: z.array(g.hostWithPort).optional().meta({description: 'mirrors that may speak plain HTTP or show any certificate'}),
});

const source = z.enum(['binaries', 'packages']).optional();

/** Well-known mirrors of the distributions, by one word. */
export const osMirrors = ['aliyun', 'ustc'] as const;

const machine = z.strictObject({
	mirror: z
		.union([z.enum(osMirrors), g.mirrorUrl])
		.optional()
		.meta({description: "where the distribution's own packages come from"}),
	tools: z
		.enum(['check', 'install'])
		.optional()
		.meta({default: 'check', description: 'install: programs that a node needs and lacks come from its distribution'}),
	timeSync: z
		.enum(['check', 'install'])
		.optional()
		.meta({default: 'check', description: 'install: a machine that keeps no time gets a program that does'}),
	hostname: z.enum(['keep', 'set']).optional().meta({default: 'keep', description: 'set: its name becomes the name of the node'}),
	hosts: z
		.enum(['none', 'block'])
		.optional()
		.meta({default: 'none', description: 'block: /etc/hosts names all nodes, in a block of ours'}),
	firewall: z
		.enum(['open', 'leave'])
		.optional()
		.meta({default: 'open', description: 'open: one that is on lets through what nodes need of each other'}),
});

export const clusterDocument = z.strictObject({
	apiVersion: z.literal(clusterVersion),
	kind: z.literal('Cluster'),
	metadata: z.strictObject({name: g.clusterName.optional().meta({default: 'kubernetes'})}).optional(),
	spec: z
		.strictObject({
			kubernetesVersion: g.version.optional().meta({default: defaultKubernetesVersion}),
			controlPlaneEndpoint: g.endpoint
				.optional()
				.meta({description: 'default: the first control plane; with node-proxy api.NAME.internal:7443'}),
			loadBalancer: z.enum(['external', 'node-proxy', 'none']).optional().meta({default: 'none'}),
			network: z
				.strictObject({
					podSubnet: g.subnets.optional().meta({default: '10.244.0.0/16'}),
					serviceSubnet: g.subnets.optional().meta({default: '10.96.0.0/12'}),
					dnsDomain: g.dnsDomain.optional().meta({default: 'cluster.local'}),
					cni: z.enum(['flannel', 'none']).optional().meta({default: 'flannel'}),
					flannel: z.strictObject({backend: z.enum(['vxlan', 'host-gw']).optional().meta({default: 'vxlan'})}).optional(),
				})
				.optional(),
			certificates: z
				.strictObject({
					algorithm: z
						.enum(['RSA-2048', 'RSA-3072', 'RSA-4096', 'ECDSA-P256', 'ECDSA-P384'])
						.optional()
						.meta({default: 'RSA-2048'}),
					validity: g.validity.optional().meta({default: '8760h'}),
					caValidity: g.validity.optional().meta({default: '87600h'}),
				})
				.optional(),
			swap: z.enum(['off', 'limited', 'ignore']).optional().meta({default: 'off'}),
			ssh: z
				.strictObject({
					...sshShape,
					configFile: g.localPath.optional().meta({description: 'ssh config to read instead of ~/.ssh/config; none: none'}),
				})
				.optional()
				.meta({description: 'defaults for every node; they beat the ssh config'}),
			nodes: z.array(node).optional().meta({description: 'the first control plane is where a cluster is born'}),
			mirror: z.union([z.enum(Object.keys(mirrorPresets)), mirror]).optional(),
			runtime: z
				.strictObject({
					source: source.meta({default: 'binaries'}),
					package: z.enum(['containerd', 'containerd.io']).optional().meta({default: 'containerd'}),
				})
				.optional(),
			kubernetes: z.strictObject({source: source.meta({default: 'binaries'})}).optional(),
			fetch: z
				.enum(['node', 'operator'])
				.optional()
				.meta({default: 'node', description: 'who fetches binaries: each node, or this machine once for all'}),
			os: machine.optional().meta({description: 'what may be done to the machines themselves'}),
			proxy: z
				.strictObject({
					http: g.mirrorUrl.optional(),
					https: g.mirrorUrl.optional(),
					noProxy: z.array(g.line).optional().meta({description: 'beside what is computed: networks, nodes, endpoint'}),
				})
				.optional()
				.meta({description: 'for containerd and the package tool on the nodes, for nothing else'}),
			lock: g.localPath.optional().meta({description: 'lock file, relative to this file'}),
		})
		.optional(),
});

export type ClusterDocument = z.infer<typeof clusterDocument>;
export type NodeEntry = z.infer<typeof node>;

/** Every kind that a config file may hold, by apiVersion and kind. */
export const kinds = {Cluster: {apiVersion: clusterVersion, schema: clusterDocument}, ...kubeadmKinds} as const;
export type Kind = keyof typeof kinds;

/** JSON Schema (draft 2020-12) of one document of a config file, for editors. */
export function configSchema(): object {
	const anyOf = Object.entries(kinds).map(([title, {schema}]) => {
		const {$schema: _, ...rest} = z.toJSONSchema(schema, {io: 'input'});
		return {title, ...rest};
	});
	return {$schema: 'https://json-schema.org/draft/2020-12/schema', title: 'kubestrap config', anyOf};
}
