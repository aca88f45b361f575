/** Every flag, once: what it takes, what help says. src/main.ts makes yargs' options of the rows, and `flagsOf` a call's flags. */
import type {ClusterFlags} from '../cluster/flags.ts';
import type {Problem} from '../errors.ts';
import {bundleCreateOptions, bundleOptions} from './bundle-options.ts';
import type {Flags} from './call.ts';
import {imagesOptions} from './images-options.ts';
import {joinOptions, removeOptions} from './node-options.ts';
import {planFlags, planOptions} from './plan-options.ts';
import {reportOptions} from './report-options.ts';
import {tokenCreateOptions, tokenListOptions} from './token-options.ts';

export type Option = {
	readonly type: 'string' | 'boolean' | 'number';
	/** Several values, with commas between or the flag repeated. */
	readonly list?: true;
	/** It may stand there without a value, which is an empty text then. */
	readonly bare?: true;
	readonly describe: string;
	readonly alias?: string;
	readonly choices?: readonly string[];
	readonly default?: string | boolean;
};
export type Options = Readonly<Record<string, Option>>;

const text = (describe: string): Option => ({type: 'string', describe});
const list = (describe: string): Option => ({type: 'string', list: true, describe});
const yes = (describe: string): Option => ({type: 'boolean', describe});

export const outputOptions: Options = {
	output: {
		type: 'string',
		alias: 'o',
		choices: ['text', 'json', 'yaml'],
		default: 'text',
		describe: 'data on stdout: one event per line for verbs that act',
	},
	color: {type: 'boolean', default: true, describe: 'colours on a terminal; NO_COLOR and --no-color turn them off'},
};

/** Which cluster: a file, or kubeadm's flags under kubeadm's names. */
export const clusterOptions: Options = {
	config: {...text('config file; - is stdin; default: kubestrap.yaml in this folder'), alias: 'c'},
	'control-planes': list('machines by flag instead of a file: user@host[:port],…'),
	workers: list('user@host[:port],…'),
	local: yes('this machine is the first control plane'),
	name: text('cluster name'),
	'kubernetes-version': text('release, as v1.37.1'),
	'pod-network-cidr': text('addresses of pods'),
	'service-cidr': text('addresses of Services'),
	'service-dns-domain': text('DNS domain of the cluster'),
	'control-plane-endpoint': text('host:port that all clients use'),
	'apiserver-advertise-address': text('address of the first API server'),
	'apiserver-bind-port': {type: 'number', describe: 'port of every API server'},
	'apiserver-cert-extra-sans': list('further names in the certificate of the API server'),
	'cert-dir': text('where certificates lie on control planes'),
	'image-repository': text('registry of the images of Kubernetes'),
	'cri-socket': text('socket of the container runtime'),
	'token-ttl': text('how long the bootstrap token lives'),
	patches: text('folder of kubeadm patches'),
	'node-name': text('name of the first control plane'),
	'feature-gates': text('Name=true|false,…'),
	'ignore-preflight-errors': list('checks to leave out by name, or all'),
	cni: text('flannel or none'),
	mirror: text('where artifacts come from: a preset, as cn'),
	lock: text('lock file: what the artifacts are'),
	'identity-file': text('private key for SSH'),
	'known-hosts': text('known_hosts file'),
	'ssh-config': text('ssh config to read instead of ~/.ssh/config; none: none'),
};

export const timeoutOption: Options = {
	timeout: text('give up after this time, as 10m'),
	verbose: {...yes('every step, not only every phase'), alias: 'v'},
};

/** How machines are reached, and for how long to try. */
export const accessOptions: Options = {
	'accept-new-host-keys': yes('trust unknown host keys and write them to known_hosts; wrong ones never'),
	'ask-sudo-password': {...yes('ask for the password of sudo on this terminal'), alias: 'K'},
	'sudo-password-file': text('file with the password of sudo; - is stdin'),
	'ask-identity-passphrase': yes('ask for the passphrase of an encrypted SSH key on this terminal'),
	'identity-passphrase-file': text('file with the passphrase of an encrypted SSH key; - is stdin'),
	concurrency: {type: 'number', describe: 'how many machines are connected to at a time (8)'},
	...timeoutOption,
};

export const kubeconfigOption: Options = {
	kubeconfig: text('file that gets the way into the cluster, 0600; other clusters in it stay'),
	yes: {...yes('overwrite an entry of the same name that belongs to another cluster'), alias: 'y'},
};
export const mergeOption: Options = {merge: yes('put it into $KUBECONFIG or ~/.kube/config instead of printing it')};
/** For verbs that change machines. */
export const lockOption: Options = {
	'lock-timeout': text('how long to wait for the run of another operator to end, as 10m (not at all)'),
};
export const phaseOptions: Options = {
	'skip-phases': list('phases to leave out'),
	'only-phases': list('do nothing but these phases'),
};

export const resetOptions: Options = {
	yes: {...yes('do not ask'), alias: 'y'},
	force: {...yes('do not ask, and reset machines of other clusters and nodes of kubeadm too'), alias: 'f'},
	'skip-unreachable': yes('reset the others where some machines cannot be reached'),
};

export const unlockOptions: Options = {
	node: list('only these nodes, by name or address'),
	stop: yes('end units that are at work after their step, and free the machines then'),
	yes: {...yes('do not ask'), alias: 'y'},
};

const all: Options = {
	...outputOptions,
	...clusterOptions,
	...accessOptions,
	...kubeconfigOption,
	...mergeOption,
	...lockOption,
	...phaseOptions,
	...planOptions,
	...resetOptions,
	...removeOptions,
	...tokenCreateOptions,
	...tokenListOptions,
	...bundleOptions,
	...bundleCreateOptions,
	...joinOptions,
	...unlockOptions,
	...imagesOptions,
	...reportOptions,
};
export const flagNames: readonly string[] = Object.keys(all);

type Argv = Readonly<Record<string, unknown>>;

/** What a parsed command line says. `noColor`: the environment wants no colours. Several values for a flag that takes one are a problem. */
export function flagsOf(argv: Argv, {noColor}: {noColor: boolean}): {flags: Flags; problems: Problem[]} {
	const problems: Problem[] = [];
	const value = (name: string): unknown => {
		const given = argv[name];
		if (given === undefined || all[name]?.list) return given === undefined ? undefined : entries(given);
		if (Array.isArray(given)) problems.push({message: `--${name} is given ${given.length} times`});
		if (given === '' && all[name]?.type === 'string' && !all[name].bare) problems.push({message: `--${name} is empty`});
		if (all[name]?.type === 'number' && !(Number(given) >= 1)) problems.push({message: `--${name} is not a number from 1 on`});
		return Array.isArray(given) ? given.at(-1) : given;
	};
	const pick = (names: readonly string[]) => {
		const given = names.map((name) => [camel(name), value(name)] as const).filter(([, one]) => one !== undefined);
		return Object.fromEntries(given);
	};
	const {config, ...cluster} = pick(Object.keys(clusterOptions)) as ClusterFlags & {config?: string};
	const flags = {
		...(config === undefined ? {} : {config}),
		...pick(['kubeconfig', 'sudo-password-file', 'identity-passphrase-file', 'lock-timeout', 'output-file']),
		output: (value('output') ?? 'text') as Flags['output'],
		yes: value('yes') === true,
		verbose: value('verbose') === true,
		colors: value('color') !== false && !noColor,
		merge: value('merge') === true,
		acceptNewHostKeys: value('accept-new-host-keys') === true,
		askSudoPassword: value('ask-sudo-password') === true,
		askIdentityPassphrase: value('ask-identity-passphrase') === true,
		...pick(['concurrency', 'drain-timeout']),
		skipPhases: (value('skip-phases') ?? []) as string[],
		onlyPhases: (value('only-phases') ?? []) as string[],
		words: (argv.words ?? []) as string[],
		force: value('force') === true,
		drain: value('drain') !== false,
		skipUnreachable: value('skip-unreachable') === true,
		nodes: (value('node') ?? []) as string[],
		stop: value('stop') === true,
		...planFlags(value),
		images: pick(Object.keys(imagesOptions)),
		bundle: pick([...Object.keys(bundleOptions), ...Object.keys(bundleCreateOptions)]),
		token: pick([...Object.keys(tokenCreateOptions), ...Object.keys(tokenListOptions)]),
		...(value('cluster') === undefined ? {} : {joinCluster: String(value('cluster'))}),
		...(value('role') === undefined ? {} : {role: value('role') as 'worker' | 'control-plane'}),
		cluster,
	};
	return {flags, problems};
}

function entries(given: unknown): string[] {
	return [given]
		.flat()
		.flatMap((text) => String(text).split(','))
		.filter((entry) => entry !== '');
}

const camel = (name: string): string => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
