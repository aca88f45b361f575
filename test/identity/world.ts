/** A cluster and its machines for the tests of identity: real keys and certificates, and a pretend host that serves their files. */
import {createHash} from 'node:crypto';
import {publicPem, readPrivateKey} from '../../pki/keys.ts';
import {identify} from '../../src/identity/identify.ts';
import {filesOf, rowsFor} from '../../src/identity/places.ts';
import {openSecrets} from '../../src/identity/secrets.ts';
import type {Cluster, ClusterConfiguration, Facts, Host, Identity, NodeSpec, SeenFile, Site} from '../../src/model.ts';

export const now = new Date('2026-11-21T00:05:00Z');
export const fresh = {clusterId: 'id-1', now};

const access = {user: 'root', port: 22, jump: []};
const spec = (name: string, role: NodeSpec['role'], address: string): NodeSpec => ({
	name,
	role,
	address,
	via: 'ssh',
	access,
	labels: {},
});

export function clusterOf(configuration: Partial<ClusterConfiguration> = {}, more: Partial<Cluster> = {}): Cluster {
	return {
		name: 'demo',
		loadBalancer: 'none',
		configuration: {
			apiServer: {},
			controllerManager: {},
			scheduler: {},
			etcd: {local: {dataDir: '/var/lib/etcd'}},
			dns: {},
			proxy: {},
			networking: {serviceSubnet: '10.96.0.0/12', podSubnet: '10.244.0.0/16', dnsDomain: 'cluster.local'},
			kubernetesVersion: 'v1.37.1',
			certificatesDir: '/etc/kubernetes/pki',
			imageRepository: 'registry.k8s.io',
			clusterName: 'kubernetes',
			// Small keys: the tests make many.
			encryptionAlgorithm: 'ECDSA-P256',
			certificateValidityPeriod: '8760h0m0s',
			caCertificateValidityPeriod: '87600h0m0s',
			...configuration,
		},
		bindPort: 6443,
		registration: {
			criSocket: '',
			kubeletExtraArgs: [],
			ignorePreflightErrors: [],
			imagePullPolicy: 'IfNotPresent',
			imagePullSerial: true,
		},
		bootstrapTokens: [],
		network: {cni: 'flannel', flannel: {backend: 'vxlan'}},
		swap: 'off',
		kubelet: {},
		kubeProxy: {},
		patches: [],
		nodes: [
			spec('cp1', 'control-plane', '10.0.0.11'),
			spec('cp2', 'control-plane', '10.0.0.12'),
			spec('w1', 'worker', '10.0.0.21'),
		],
		runtime: {source: 'binaries', package: 'containerd'},
		kubernetes: {source: 'binaries'},
		fetch: 'node',
		os: {tools: 'check', timeSync: 'check', hostname: 'keep', hosts: 'none', firewall: 'open'},
		mirror: {images: {}, insecure: []},
		ignorePreflightErrors: [],
		timeouts: {controlPlaneSeconds: 240},
		...more,
	};
}

/** Text of files by node and path, as they would lie on disk. */
export type Disk = Record<string, Record<string, string>>;

/** The sites of a cluster, seen as the survey sees them: private files give only their public half. */
export function sitesOf(cluster: Cluster, disk: Disk = {}, facts: Record<string, Partial<Facts>> = {}): Site[] {
	const holds = new Map<string, string>();
	for (const row of rowsFor(cluster)) {
		const files = filesOf(row, cluster);
		if (row.as === 'pair' || row.as === 'keys') holds.set(files.private, 'key');
		if (row.as === 'pem') holds.set(files.public, 'pem');
	}
	return cluster.nodes.map((spec) => {
		const name = spec.name!;
		const files: Record<string, SeenFile> = {};
		for (const [path, text] of Object.entries(disk[name] ?? {})) files[path] = seen(text, holds.get(path) ?? 'public');
		return {name, role: spec.role, address: spec.address, spec, facts: {files, ...facts[name]} as Facts};
	});
}

function seen(text: string, holds: string): SeenFile {
	const file = {mode: '0600', owner: 'root', size: text.length};
	if (holds === 'key') return {...file, publicKey: publicPem(readPrivateKey(text))};
	if (holds === 'pem')
		return {...file, text: text.slice(0, text.indexOf('-----BEGIN EC')), publicKey: publicPem(readPrivateKey(text))};
	return {...file, text};
}

/** Everything that an identity names, made, and laid where it belongs; kubeconfigs in the survey's form. */
export async function settled(cluster: Cluster, identity: Identity, sites: readonly Site[], disk: Disk = {}): Promise<Disk> {
	const secrets = openSecrets(identity, cluster, sites, hostsOf(disk), {now});
	const result: Disk = {};
	for (const row of rowsFor(cluster)) {
		for (const site of sites) {
			if (row.on !== 'every' && site.role !== 'control-plane') continue;
			if (row.on === 'first' && site.name !== identity.birthplace) continue;
			result[site.name] ??= {};
			const lies = result[site.name]!;
			const files = filesOf(row, cluster);
			const text = async (part: string, shared: boolean) =>
				(await secrets.get(`${row.name}.${part}${shared ? '' : `@${site.name}`}`)).toString();
			const shared = row.as === 'keys' || row.signedBy === undefined;
			if (row.as === 'pem') lies[files.public] = await text('pem', false);
			else if (row.as === 'kubeconfig') {
				const ca = (await secrets.get('ca.crt')).toString();
				lies[files.public] = JSON.stringify({server: 'https://10.0.0.11:6443', ca, certificate: await text('crt', false)});
			} else {
				lies[files.public] = await text(row.as === 'keys' ? 'pub' : 'crt', shared);
				lies[files.private] = await text('key', shared);
			}
		}
	}
	return result;
}

/** A whole cluster after its birth. */
export async function born(cluster: Cluster = clusterOf()): Promise<{cluster: Cluster; disk: Disk}> {
	const sites = sitesOf(cluster);
	return {cluster, disk: await settled(cluster, identify(cluster, sites, fresh), sites)};
}

/** Hosts that answer the one command that secrets are read with. `spoil` changes what comes over the line. */
export function hostsOf(disk: Disk, spoil: (output: string) => string = (output) => output): Map<string, Host> {
	return new Map(
		Object.entries(disk).map(([name, files]) => [
			name,
			{
				name,
				async exec(argv: readonly string[]) {
					const text = files[argv.at(-1) ?? ''];
					if (text === undefined) return {code: 1, stdout: '', stderr: 'No such file or directory'};
					const sum = createHash('sha256').update(text).digest('hex');
					return {code: 0, stdout: spoil(`${Buffer.byteLength(text)} ${sum}\n${text}`), stderr: ''};
				},
				async close() {},
			},
		]),
	);
}
