/** kubeadm's configuration kinds in version v1beta4 (contract §8.3-8.6), and the two component configs that pass through. */
import * as z from 'zod';
import {clusterConfiguration, kubeadmVersion} from './cluster-configuration.ts';
import * as g from './grammar.ts';

const kubeletArg = z.strictObject({name: g.argName, value: g.kubeletValue});
export const taint = z.strictObject({
	key: g.labelKey,
	value: g.labelValue.optional(),
	effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
});

/** A secret is never in the file: it is named by where it comes from. */
const secretSource = z.union([z.strictObject({env: g.envName}), z.strictObject({file: g.localPath})], {
	error: 'must be {env: NAME} or {file: PATH}: no secret is written into a config file; leave it out and one is made',
});
const bootstrapToken = z.strictObject({
	token: secretSource.optional(),
	description: g.line.optional(),
	ttl: g.duration.optional(),
	usages: z.array(z.enum(['signing', 'authentication'])).optional(),
	groups: z
		.array(
			z
				.string()
				.regex(/^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/, {error: 'must be a group like system:bootstrappers:NAME'}),
		)
		.optional(),
});
const localAPIEndpoint = z.strictObject({advertiseAddress: g.nodeAddress.optional(), bindPort: g.port.optional()});
const patches = z.strictObject({directory: g.localPath.optional()});
const timeouts = z.strictObject({
	controlPlaneComponentHealthCheck: g.duration.optional(),
	kubeletHealthCheck: g.duration.optional(),
	kubernetesAPICall: g.duration.optional(),
	etcdAPICall: g.duration.optional(),
	tlsBootstrap: g.duration.optional(),
	discovery: g.duration.optional(),
	upgradeManifests: g.duration.optional(),
});
const nodeRegistration = z.strictObject({
	name: g.nodeName.optional(),
	criSocket: g.socket.optional(),
	taints: z.array(taint).nullable().optional(),
	kubeletExtraArgs: z.array(kubeletArg).optional(),
	ignorePreflightErrors: z.array(g.line).optional(),
	imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).optional(),
	imagePullSerial: z.boolean().optional(),
});
/** These belong to a single run of kubeadm; here they are verbs and flags. */
const ofOneRun = {
	dryRun: z
		.literal(false, {error: 'is not taken from the file: `kubestrap preflight` looks without changing anything'})
		.optional(),
	skipPhases: z.array(z.string()).max(0, {error: 'is not taken from the file: use --skip-phases'}).optional(),
	certificateKey: z.never({error: 'is a secret, and not needed: kubestrap brings the keys itself; remove it'}).optional(),
};

const initConfiguration = z.strictObject({
	apiVersion: z.literal(kubeadmVersion),
	kind: z.literal('InitConfiguration'),
	bootstrapTokens: z.array(bootstrapToken).optional(),
	nodeRegistration: nodeRegistration.optional(),
	localAPIEndpoint: localAPIEndpoint.optional(),
	patches: patches.optional(),
	timeouts: timeouts.optional(),
	...ofOneRun,
});

const joinToken = z.never({error: 'is a secret, and not needed: kubestrap makes a token itself; remove it'}).optional();
const joinConfiguration = z.strictObject({
	apiVersion: z.literal(kubeadmVersion),
	kind: z.literal('JoinConfiguration'),
	nodeRegistration: nodeRegistration.omit({name: true}).optional(),
	caCertPath: g.nodePath.optional(),
	// Only for readers' sake: who joins finds its cluster by what kubestrap knows.
	discovery: z
		.strictObject({
			bootstrapToken: z
				.strictObject({
					token: joinToken,
					apiServerEndpoint: g.endpoint.optional(),
					caCertHashes: z.array(g.line).optional(),
					unsafeSkipCAVerification: z.boolean().optional(),
				})
				.optional(),
			tlsBootstrapToken: joinToken,
		})
		.optional(),
	controlPlane: z
		.strictObject({localAPIEndpoint: localAPIEndpoint.pick({bindPort: true}).optional(), certificateKey: ofOneRun.certificateKey})
		.optional(),
	patches: patches.optional(),
	timeouts: timeouts.optional(),
	dryRun: ofOneRun.dryRun,
	skipPhases: ofOneRun.skipPhases,
});

const passThrough = (apiVersion: string, kind: string) =>
	z.looseObject({apiVersion: z.literal(apiVersion), kind: z.literal(kind)});

export const kubeadmKinds = {
	ClusterConfiguration: {apiVersion: kubeadmVersion, schema: clusterConfiguration},
	InitConfiguration: {apiVersion: kubeadmVersion, schema: initConfiguration},
	JoinConfiguration: {apiVersion: kubeadmVersion, schema: joinConfiguration},
	KubeletConfiguration: {
		apiVersion: 'kubelet.config.k8s.io/v1beta1',
		schema: passThrough('kubelet.config.k8s.io/v1beta1', 'KubeletConfiguration'),
	},
	KubeProxyConfiguration: {
		apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
		schema: passThrough('kubeproxy.config.k8s.io/v1alpha1', 'KubeProxyConfiguration'),
	},
} as const;

export type TokenEntry = z.infer<typeof bootstrapToken>;
