/** One table of everything that can be said in more than one place: in `Cluster`, in a kind of kubeadm, by a flag. */
import type {Problem} from '../errors.ts';
import type {Path} from '../yaml.ts';
import {named, type Sources, valueAt} from './documents.ts';
import {parseDuration} from './duration.ts';
import {type ClusterFlags, flagName} from './flags.ts';
import {splitHostPort, splitSubnets} from './network.ts';
import type {Kind} from './schema.ts';

type Row = {
	/** Where a file says it, in order of precedence for messages. */
	readonly in: readonly [kind: Kind, ...path: string[]][];
	readonly flag?: keyof ClusterFlags;
	/** Brings two ways of writing the same to one. */
	readonly same?: (value: unknown) => unknown;
	/** A path on the operator's machine: made absolute before anybody looks at it. */
	readonly path?: true;
};

const registration = (name: string): Row['in'] => [
	['InitConfiguration', 'nodeRegistration', name],
	['JoinConfiguration', 'nodeRegistration', name],
];
const subnets = (value: unknown) => splitSubnets(String(value)).join(',');
const withoutV = (value: unknown) => String(value).replace(/^v/, '');
const lower = (value: unknown) => String(value).trim().toLowerCase();
const time = (value: unknown) => parseDuration(String(value));
const host = (value: unknown) => {
	const parts = splitHostPort(String(value));
	return parts && `${parts.host} ${parts.port ?? ''}`;
};

export const settings = {
	name: {
		in: [
			['Cluster', 'metadata', 'name'],
			['ClusterConfiguration', 'clusterName'],
		],
		flag: 'name',
	},
	kubernetesVersion: {
		in: [
			['Cluster', 'spec', 'kubernetesVersion'],
			['ClusterConfiguration', 'kubernetesVersion'],
		],
		flag: 'kubernetesVersion',
		same: withoutV,
	},
	controlPlaneEndpoint: {
		in: [
			['Cluster', 'spec', 'controlPlaneEndpoint'],
			['ClusterConfiguration', 'controlPlaneEndpoint'],
		],
		flag: 'controlPlaneEndpoint',
		same: host,
	},
	podSubnet: {
		in: [
			['Cluster', 'spec', 'network', 'podSubnet'],
			['ClusterConfiguration', 'networking', 'podSubnet'],
		],
		flag: 'podNetworkCidr',
		same: subnets,
	},
	serviceSubnet: {
		in: [
			['Cluster', 'spec', 'network', 'serviceSubnet'],
			['ClusterConfiguration', 'networking', 'serviceSubnet'],
		],
		flag: 'serviceCidr',
		same: subnets,
	},
	dnsDomain: {
		in: [
			['Cluster', 'spec', 'network', 'dnsDomain'],
			['ClusterConfiguration', 'networking', 'dnsDomain'],
		],
		flag: 'serviceDnsDomain',
	},
	cni: {in: [['Cluster', 'spec', 'network', 'cni']], flag: 'cni'},
	algorithm: {
		in: [
			['Cluster', 'spec', 'certificates', 'algorithm'],
			['ClusterConfiguration', 'encryptionAlgorithm'],
		],
	},
	validity: {
		in: [
			['Cluster', 'spec', 'certificates', 'validity'],
			['ClusterConfiguration', 'certificateValidityPeriod'],
		],
		same: time,
	},
	caValidity: {
		in: [
			['Cluster', 'spec', 'certificates', 'caValidity'],
			['ClusterConfiguration', 'caCertificateValidityPeriod'],
		],
		same: time,
	},
	mirror: {in: [['Cluster', 'spec', 'mirror']], flag: 'mirror'},
	lock: {in: [['Cluster', 'spec', 'lock']], flag: 'lock', path: true},
	identityFile: {in: [['Cluster', 'spec', 'ssh', 'identityFile']], flag: 'identityFile', path: true},
	knownHosts: {in: [['Cluster', 'spec', 'ssh', 'knownHosts']], flag: 'knownHosts', path: true},
	imageRepository: {in: [['ClusterConfiguration', 'imageRepository']], flag: 'imageRepository'},
	certificatesDir: {in: [['ClusterConfiguration', 'certificatesDir']], flag: 'certDir'},
	certSANs: {in: [['ClusterConfiguration', 'apiServer', 'certSANs']], flag: 'apiserverCertExtraSans'},
	featureGates: {in: [['ClusterConfiguration', 'featureGates']], flag: 'featureGates'},
	advertiseAddress: {in: [['InitConfiguration', 'localAPIEndpoint', 'advertiseAddress']], flag: 'apiserverAdvertiseAddress'},
	bindPort: {
		in: [
			['InitConfiguration', 'localAPIEndpoint', 'bindPort'],
			['JoinConfiguration', 'controlPlane', 'localAPIEndpoint', 'bindPort'],
		],
		flag: 'apiserverBindPort',
	},
	bootstrapTokens: {in: [['InitConfiguration', 'bootstrapTokens']]},
	tokenTtl: {in: [['InitConfiguration', 'bootstrapTokens', '0', 'ttl']], flag: 'tokenTtl', same: time},
	nodeName: {in: [['InitConfiguration', 'nodeRegistration', 'name']], flag: 'nodeName', same: lower},
	criSocket: {in: registration('criSocket'), flag: 'criSocket'},
	kubeletExtraArgs: {in: registration('kubeletExtraArgs')},
	imagePullPolicy: {in: registration('imagePullPolicy')},
	imagePullSerial: {in: registration('imagePullSerial')},
	initTaints: {in: [['InitConfiguration', 'nodeRegistration', 'taints']]},
	joinTaints: {in: [['JoinConfiguration', 'nodeRegistration', 'taints']]},
	patches: {
		in: [
			['InitConfiguration', 'patches', 'directory'],
			['JoinConfiguration', 'patches', 'directory'],
		],
		flag: 'patches',
		path: true,
	},
	controlPlaneTimeout: {
		in: [
			['InitConfiguration', 'timeouts', 'controlPlaneComponentHealthCheck'],
			['JoinConfiguration', 'timeouts', 'controlPlaneComponentHealthCheck'],
		],
		same: time,
	},
} as const satisfies Record<string, Row>;

export type SettingName = keyof typeof settings;
/** A value and where it was said: the place of a problem, and the words for it. */
export type Said = {readonly value: unknown; readonly place: Omit<Problem, 'message' | 'hint'>; readonly where: string};
export type Settings = Partial<Record<SettingName, Said>>;

/** What a kind says at a path; nothing when it says nothing, or something that its schema refused. */
export function said(sources: Sources, kind: Kind, path: Path): Said | undefined {
	const source = sources[kind];
	const value = valueAt(source?.document.value, path);
	if (source === undefined || value === undefined) return undefined;
	if (source.broken.some((broken) => broken.every((part, index) => index >= path.length || String(part) === String(path[index]))))
		return undefined;
	const place = {file: source.file, ...source.document.at(path)};
	return {value, place, where: `${named(kind, path)} (line ${place.line})`};
}

/** Every setting's one value. The same thing said differently is a problem that names both places. */
export function settle(
	sources: Sources,
	flags: ClusterFlags,
	resolve: (path: string) => string,
): {settings: Settings; problems: Problem[]} {
	const found: Settings = {};
	const problems: Problem[] = [];
	for (const [name, row] of Object.entries<Row>(settings)) {
		const inFile = row.in.map(([kind, ...path]) => {
			const one = said(sources, kind, path);
			return one && row.path ? {...one, value: resolve(String(one.value))} : one;
		});
		const flag = row.flag === undefined ? undefined : flags[row.flag];
		const byFlag: Said | undefined = flag === undefined ? undefined : {value: flag, place: {}, where: flagName(row.flag!)};
		const all = [...inFile, byFlag].filter((one) => one !== undefined);
		const [first, ...others] = all;
		if (first === undefined) continue;
		found[name as SettingName] = first;
		const same = row.same ?? ((value: unknown) => value);
		for (const other of others) {
			if (JSON.stringify(same(other.value)) === JSON.stringify(same(first.value))) continue;
			const place = other.place.line === undefined ? first.place : other.place;
			const message = `${other.where} says ${JSON.stringify(other.value)}, but ${first.where} says ${JSON.stringify(first.value)}`;
			problems.push({...place, message, hint: 'say it once, or say the same'});
		}
	}
	return {settings: found, problems};
}
