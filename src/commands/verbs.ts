/** The verbs: name, help, flags, and the file that is loaded when one is called. */
import {bugreportVerb} from './bugreport-verb.ts';
import {bundleOptions} from './bundle-options.ts';
import {bundleVerbs} from './bundle-verbs.ts';
import type {Command} from './call.ts';
import {imagesVerbs} from './images-verbs.ts';
import {joinOptions, removeOptions} from './node-options.ts';
import {
	accessOptions,
	clusterOptions,
	kubeconfigOption,
	lockOption,
	mergeOption,
	type Option,
	outputOptions,
	phaseOptions,
	resetOptions,
	unlockOptions,
} from './options.ts';
import {dryRunOption, planOption, savePlanOption} from './plan-options.ts';
import {tokenVerbs} from './token-verbs.ts';

export type Verb = {
	readonly name: string;
	readonly describe: string;
	readonly options: readonly Readonly<Record<string, Option>>[];
	/** What else may stand on the command line: `[token]`, `<token..>`, as yargs writes it; with what it is. */
	readonly words?: {readonly form: string; readonly describe: string};
	readonly load: () => Promise<Command>;
};

export const introduction = `$0 turns plain Linux machines into a Kubernetes cluster over SSH.

  $0 init -c cluster.yaml --kubeconfig admin.conf
  $0 init --control-planes root@203.0.113.11 --workers root@203.0.113.21,root@203.0.113.22`;

export const exits =
	'exit codes: 0 done · 1 the answer is no · 2 config or usage · 3 preflight · 4 connect · 5 step · 6 identity · 7 locked · 8 changes wait · 70 our bug · 130 interrupted';

const reach = [clusterOptions, accessOptions, outputOptions];

export const verbs: readonly Verb[] = [
	{
		name: 'init',
		describe: 'make a new cluster, or what is missing of it',
		options: [...reach, bundleOptions, kubeconfigOption, lockOption, phaseOptions, dryRunOption],
		load: async () => {
			const [{init}, pipeline] = await Promise.all([import('./init.ts'), import('../pipeline.ts')]);
			return (call) => init(call, pipeline);
		},
	},
	{
		name: 'join',
		describe: 'more machines for a cluster that lives',
		options: [joinOptions, ...reach, bundleOptions, kubeconfigOption, lockOption, phaseOptions, dryRunOption],
		words: {form: '[machines..]', describe: 'user@host[:port], or names of nodes in the config; none: all that it lists'},
		load: async () => {
			const [{join}, {joinTo}, {connect}, {readRising}] = await Promise.all([
				import('./join.ts'),
				import('../pipeline.ts'),
				import('../host/connect.ts'),
				import('../survey/rising.ts'),
			]);
			return (call) => join(call, {joinTo, connect, readRising});
		},
	},
	{
		name: 'apply',
		describe: 'make it so: init, join or repair, whatever is missing',
		options: [...reach, bundleOptions, kubeconfigOption, lockOption, phaseOptions, planOption, dryRunOption],
		load: async () => {
			const [{apply}, pipeline] = await Promise.all([import('./init.ts'), import('../pipeline.ts')]);
			return (call) => apply(call, pipeline);
		},
	},
	{
		name: 'plan',
		describe: 'what apply would change, as a diff; changes nothing (0 nothing, 8 changes wait)',
		options: [...reach, bundleOptions, lockOption, phaseOptions, savePlanOption],
		load: async () => {
			const [{plan}, pipeline] = await Promise.all([import('./plan.ts'), import('../pipeline.ts')]);
			return (call) => plan(call, pipeline);
		},
	},
	{
		name: 'preflight',
		describe: 'look at the machines: would init work? changes nothing',
		options: reach,
		load: async () => {
			const [{preflight}, pipeline] = await Promise.all([import('./preflight.ts'), import('../pipeline.ts')]);
			return (call) => preflight(call, pipeline);
		},
	},
	{
		name: 'status',
		describe: 'how the cluster stands: nodes, etcd, certificates, what is not as planned; changes nothing',
		options: reach,
		load: async () => {
			const [{status}, hands] = await Promise.all([import('./status.ts'), import('../host/connect.ts')]);
			return (call) => status(call, hands);
		},
	},
	{
		name: 'node remove',
		describe: 'take nodes out of the cluster: drain, etcd, Node object, and the machine itself',
		options: [...reach, removeOptions, dryRunOption],
		words: {form: '<names..>', describe: 'names of nodes'},
		load: async () => {
			const [{nodeRemove}, pipeline] = await Promise.all([import('./node-remove.ts'), import('../pipeline/remove.ts')]);
			return (call) => nodeRemove(call, pipeline);
		},
	},
	{
		name: 'verify',
		describe: 'prove that the cluster works: DNS, Service, pods, rollout, logs, exec, cp',
		options: reach,
		load: async () => {
			const [{verify}, hands] = await Promise.all([import('./verify.ts'), import('../host/connect.ts')]);
			return (call) => verify(call, hands);
		},
	},
	{
		name: 'reset',
		describe: 'take away what init put on the machines, and give back what was there before',
		words: {form: '[node..]', describe: 'only these nodes, by name or address'},
		options: [...reach, resetOptions, lockOption, phaseOptions, dryRunOption],
		load: async () => {
			const [{reset}, pipeline] = await Promise.all([import('./reset.ts'), import('../pipeline/reset.ts')]);
			return (call) => reset(call, pipeline);
		},
	},
	{
		name: 'unlock',
		describe: 'who holds the machines? end a run whose operator is gone; never while something writes',
		options: [...reach, unlockOptions],
		load: async () => {
			const [{unlock}, pipeline] = await Promise.all([import('./unlock.ts'), import('../pipeline/unlock.ts')]);
			return (call) => unlock(call, pipeline);
		},
	},
	{
		name: 'kubeconfig',
		describe: 'print the way into the cluster, or write it to a file',
		options: [...reach, kubeconfigOption, mergeOption],
		load: async () => {
			const [{kubeconfig}, hands] = await Promise.all([import('./kubeconfig.ts'), import('../host/connect.ts')]);
			return (call) => kubeconfig(call, hands);
		},
	},
	...tokenVerbs,
	...imagesVerbs,
	...bundleVerbs,
	bugreportVerb,
	{
		name: 'config print',
		describe: 'the config with every default filled in; without one, an example',
		options: [clusterOptions, outputOptions],
		load: async () => (await import('./config.ts')).print,
	},
	{
		name: 'config validate',
		describe: 'read the config and say everything that is wrong with it',
		options: [clusterOptions, outputOptions],
		load: async () => (await import('./config.ts')).validate,
	},
	{
		name: 'config schema',
		describe: 'JSON Schema of the config file, for editors',
		options: [outputOptions],
		load: async () => (await import('./config.ts')).schema,
	},
	{
		name: 'version',
		describe: 'the version of kubestrap',
		options: [outputOptions],
		load: async () => (await import('./version.ts')).version,
	},
];
