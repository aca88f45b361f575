/** One table of everything that can be said in more than one place: in `Cluster`, in a kind of kubeadm, by a flag. */
import type {Problem} from '../errors.ts';
import type {Arg, Cluster, KeyAlgorithm, Mirror, Registration, Taint} from '../model.ts';
import {parseDuration} from './duration.ts';
import type {ClusterFlags} from './flags.ts';
import type {TokenEntry} from './kubeadm.ts';
import {splitHostPort, splitSubnets} from './network.ts';
import type {Kind} from './schema.ts';

/** `T` is what the schemas and flags let through at all these places. */
export type Row<T> = {
	/** Where a file says it, in order of precedence for messages. */
	readonly in: readonly (readonly [kind: Kind, ...path: string[]])[];
	readonly flag?: keyof ClusterFlags;
	/** Brings two ways of writing the same to one. */
	readonly same?: (value: T) => unknown;
	/** A path on the operator's machine: made absolute before anybody looks at it. */
	readonly path?: true | 'or-none';
};
const row = <T>(fields: Row<T>): Row<T> => fields;

const registration = (name: string): Row<never>['in'] => [
	['InitConfiguration', 'nodeRegistration', name],
	['JoinConfiguration', 'nodeRegistration', name],
];
const subnets = (value: string) => splitSubnets(value).join(',');
const withoutV = (value: string) => value.replace(/^v/, '');
const lower = (value: string) => value.trim().toLowerCase();
const host = (value: string) => {
	const parts = splitHostPort(value);
	return parts && `${parts.host} ${parts.port ?? ''}`;
};

/** `spec.mirror` as it is written, when it is not a preset's name. */
export type MirrorEntry = Omit<Partial<Mirror>, 'packages'> & {readonly packages?: string | NonNullable<Mirror['packages']>};

export const settings = {
	name: row<string>({
		in: [
			['Cluster', 'metadata', 'name'],
			['ClusterConfiguration', 'clusterName'],
		],
		flag: 'name',
	}),
	kubernetesVersion: row<string>({
		in: [
			['Cluster', 'spec', 'kubernetesVersion'],
			['ClusterConfiguration', 'kubernetesVersion'],
		],
		flag: 'kubernetesVersion',
		same: withoutV,
	}),
	controlPlaneEndpoint: row<string>({
		in: [
			['Cluster', 'spec', 'controlPlaneEndpoint'],
			['ClusterConfiguration', 'controlPlaneEndpoint'],
		],
		flag: 'controlPlaneEndpoint',
		same: host,
	}),
	podSubnet: row<string>({
		in: [
			['Cluster', 'spec', 'network', 'podSubnet'],
			['ClusterConfiguration', 'networking', 'podSubnet'],
		],
		flag: 'podNetworkCidr',
		same: subnets,
	}),
	serviceSubnet: row<string>({
		in: [
			['Cluster', 'spec', 'network', 'serviceSubnet'],
			['ClusterConfiguration', 'networking', 'serviceSubnet'],
		],
		flag: 'serviceCidr',
		same: subnets,
	}),
	dnsDomain: row<string>({
		in: [
			['Cluster', 'spec', 'network', 'dnsDomain'],
			['ClusterConfiguration', 'networking', 'dnsDomain'],
		],
		flag: 'serviceDnsDomain',
	}),
	cni: row<Cluster['network']['cni']>({in: [['Cluster', 'spec', 'network', 'cni']], flag: 'cni'}),
	algorithm: row<KeyAlgorithm>({
		in: [
			['Cluster', 'spec', 'certificates', 'algorithm'],
			['ClusterConfiguration', 'encryptionAlgorithm'],
		],
	}),
	validity: row<string>({
		in: [
			['Cluster', 'spec', 'certificates', 'validity'],
			['ClusterConfiguration', 'certificateValidityPeriod'],
		],
		same: parseDuration,
	}),
	caValidity: row<string>({
		in: [
			['Cluster', 'spec', 'certificates', 'caValidity'],
			['ClusterConfiguration', 'caCertificateValidityPeriod'],
		],
		same: parseDuration,
	}),
	mirror: row<string | MirrorEntry>({in: [['Cluster', 'spec', 'mirror']], flag: 'mirror'}),
	lock: row<string>({in: [['Cluster', 'spec', 'lock']], flag: 'lock', path: true}),
	identityFile: row<string>({in: [['Cluster', 'spec', 'ssh', 'identityFile']], flag: 'identityFile', path: true}),
	knownHosts: row<string>({in: [['Cluster', 'spec', 'ssh', 'knownHosts']], flag: 'knownHosts', path: true}),
	sshConfig: row<string>({in: [['Cluster', 'spec', 'ssh', 'configFile']], flag: 'sshConfig', path: 'or-none'}),
	imageRepository: row<string>({in: [['ClusterConfiguration', 'imageRepository']], flag: 'imageRepository'}),
	certificatesDir: row<string>({in: [['ClusterConfiguration', 'certificatesDir']], flag: 'certDir'}),
	certSANs: row<string[]>({in: [['ClusterConfiguration', 'apiServer', 'certSANs']], flag: 'apiserverCertExtraSans'}),
	featureGates: row<Readonly<Record<string, boolean>>>({in: [['ClusterConfiguration', 'featureGates']], flag: 'featureGates'}),
	advertiseAddress: row<string>({
		in: [['InitConfiguration', 'localAPIEndpoint', 'advertiseAddress']],
		flag: 'apiserverAdvertiseAddress',
	}),
	bindPort: row<number>({
		in: [
			['InitConfiguration', 'localAPIEndpoint', 'bindPort'],
			['JoinConfiguration', 'controlPlane', 'localAPIEndpoint', 'bindPort'],
		],
		flag: 'apiserverBindPort',
	}),
	bootstrapTokens: row<readonly TokenEntry[]>({in: [['InitConfiguration', 'bootstrapTokens']]}),
	tokenTtl: row<string>({in: [['InitConfiguration', 'bootstrapTokens', '0', 'ttl']], flag: 'tokenTtl', same: parseDuration}),
	nodeName: row<string>({in: [['InitConfiguration', 'nodeRegistration', 'name']], flag: 'nodeName', same: lower}),
	criSocket: row<string>({in: registration('criSocket'), flag: 'criSocket'}),
	kubeletExtraArgs: row<readonly Arg[]>({in: registration('kubeletExtraArgs')}),
	imagePullPolicy: row<Registration['imagePullPolicy']>({in: registration('imagePullPolicy')}),
	imagePullSerial: row<boolean>({in: registration('imagePullSerial')}),
	initTaints: row<readonly Taint[] | null>({in: [['InitConfiguration', 'nodeRegistration', 'taints']]}),
	joinTaints: row<readonly Taint[] | null>({in: [['JoinConfiguration', 'nodeRegistration', 'taints']]}),
	patches: row<string>({
		in: [
			['InitConfiguration', 'patches', 'directory'],
			['JoinConfiguration', 'patches', 'directory'],
		],
		flag: 'patches',
		path: true,
	}),
	controlPlaneTimeout: row<string>({
		in: [
			['InitConfiguration', 'timeouts', 'controlPlaneComponentHealthCheck'],
			['JoinConfiguration', 'timeouts', 'controlPlaneComponentHealthCheck'],
		],
		same: parseDuration,
	}),
};

export type SettingName = keyof typeof settings;
/** A value and where it was said: the place of a problem, and the words for it. */
export type Said<T = unknown> = {readonly value: T; readonly place: Omit<Problem, 'message' | 'hint'>; readonly where: string};
export type Settings = {readonly [Name in SettingName]?: (typeof settings)[Name] extends Row<infer T> ? Said<T> : never};
