/** Text and flags → Cluster: the whole config, checked, with defaults. Nothing is contacted. */
import {readFileSync} from 'node:fs';
import {homedir} from 'node:os';
import {resolve as absolute, dirname} from 'node:path';
import {pathToFileURL} from 'node:url';
import {mirrorPresets} from '../artifacts/mirror-presets.ts';
import {ConfigError, type Problem} from '../errors.ts';
import type {Cluster, Mirror} from '../model.ts';
import {defaultKubernetesVersion, kubernetesVersion} from '../versions.ts';
import {build} from './build.ts';
import {readDocuments, type Sources} from './documents.ts';
import {type ClusterFlags, gatesOf, readFlags} from './flags.ts';
import {subnetsOf} from './given.ts';
import {listNodes, only} from './nodes.ts';
import {type Disk, listFolder, readPatches} from './patches.ts';
import {obey} from './rules.ts';
import type {MirrorEntry} from './settings.ts';
import {said, settle} from './settle.ts';
import {globFiles, noFile, readSsh} from './ssh-files.ts';

export type Where = Partial<Disk> & {
	/** Name of the config file: messages show it, and paths in it are relative to its folder. `-` is standard input. */
	readonly file: string;
	readonly flags?: ClusterFlags;
	/** Files that a pattern means, for Include in the ssh config. */
	readonly glob?: (pattern: string) => readonly string[];
	/** What `~/` stands for, and where the ssh config is. */
	readonly home?: string;
};

const hint = 'correct the config; nothing was contacted';

/** Reads a config file (interfaces.md §1) and the flags beside it. Throws ConfigError with every problem and its place. */
export function load(text: string, where: Where): Cluster {
	const {sources, problems} = readDocuments(text, where.file);
	// What could not be read as YAML at all says nothing about nodes either.
	if (problems.length > 0 && Object.keys(sources).length === 0) throw new ConfigError(problems, {hint});
	const {controlPlanes, local} = where.flags ?? {};
	if (Object.keys(sources).length === 0 && controlPlanes === undefined && local !== true) {
		const empty = {file: where.file, line: 1, column: 1, message: 'there is nothing in the file'};
		throw new ConfigError(
			[{...empty, hint: 'write a config there (`kubestrap config print` shows one), or name machines by flags'}],
			{hint},
		);
	}
	return assemble(sources, problems, where);
}

/** A cluster that is described by flags alone. Throws ConfigError. */
export function fromFlags(flags: ClusterFlags, where: Omit<Where, 'file' | 'flags'> = {}): Cluster {
	return assemble({}, [], {...where, file: '-', flags});
}

function assemble(sources: Sources, problems: Problem[], where: Where): Cluster {
	const disk: Disk = {readFile: where.readFile ?? ((path) => readFileSync(path, 'utf8')), list: where.list ?? listFolder};
	const home = where.home ?? homedir();
	const base = dirname(where.file === '-' ? './-' : where.file);
	const resolve = (path: string) => absolute(base, path.replace(/^~(?=\/|$)/, home));
	const resolveFlag = (path: string | undefined) => path && absolute(path.replace(/^~(?=\/|$)/, home));

	const read = readFlags(where.flags ?? {});
	const flags = {
		...read.flags,
		// Paths of flags are relative to where the operator stands, those of the file to the file.
		...Object.fromEntries(
			(['lock', 'patches', 'identityFile', 'knownHosts'] as const).map((key) => [key, resolveFlag(read.flags[key])]),
		),
		...only({sshConfig: read.flags.sshConfig === noFile ? noFile : resolveFlag(read.flags.sshConfig)}),
	} as ClusterFlags;
	const gates = flags.featureGates === undefined ? {} : {featureGates: gatesOf(flags.featureGates)};
	const settled = settle(sources, {...flags, ...gates} as ClusterFlags, resolve);
	const {settings} = settled;
	const listed = listNodes(sources, flags, settings, resolve);
	problems.push(...read.problems, ...settled.problems, ...listed.problems);

	const version = settings.kubernetesVersion?.value ?? defaultKubernetesVersion;
	const cni = settings.cni?.value ?? 'flannel';
	const folder = settings.patches?.value;
	const {patches, problems: bad} =
		folder === undefined ? {patches: [], problems: []} : readPatches(folder, kubernetesVersion(version).patchTargets, disk);
	problems.push(...named(bad, settings.patches?.place));
	const {mirror, problem} = mirrorOf(settings.mirror?.value, resolve, disk);
	problems.push(...named(problem, settings.mirror?.place));
	const ignore = ['InitConfiguration', 'JoinConfiguration'].flatMap(
		(kind) =>
			(said(sources, kind as 'InitConfiguration', ['nodeRegistration', 'ignorePreflightErrors'])?.value ?? []) as string[],
	);
	const glob = where.glob ?? globFiles;
	const overSsh = listed.nodes.some(({spec}) => spec.via === 'ssh');
	const ssh = overSsh ? readSsh(settings.sshConfig?.value, {readFile: disk.readFile, glob, home}) : {problems: []};
	problems.push(...named(ssh.problems, settings.sshConfig?.place));
	const given = {
		sshConfig: ssh.config,
		sources,
		settings,
		nodes: listed.nodes,
		whole: listed.whole,
		subnets: subnetsOf(settings, cni),
		version,
		bindPort: settings.bindPort?.value ?? 6443,
		mirror,
		ignore: [...new Set([...ignore, ...(flags.ignorePreflightErrors ?? [])].map((name) => name.toLowerCase()))].sort(),
	};
	problems.push(...obey(given));
	if (problems.length > 0) throw new ConfigError(unique(problems), {hint});
	return build(given, {patches, cni, resolve});
}

/** A file that a setting names is wrong as a whole: the place is where it is named. */
const named = (problems: readonly Problem[], place: Partial<Problem> = {}): Problem[] =>
	problems.map((problem) => {
		if (problem.line !== undefined || place.line === undefined) return problem;
		const {file = '', message} = problem;
		return {...problem, ...place, message: message.includes(file) ? message : `${file}: ${message}`};
	});

function mirrorOf(
	value: string | MirrorEntry = {},
	resolve: (path: string) => string,
	disk: Disk,
): {readonly mirror: Mirror; readonly problem: readonly Problem[]} {
	if (typeof value === 'string') return {mirror: mirrorPresets[value]!, problem: []};
	const given = value;
	// A folder is an address too, so that what is printed means the same wherever it is read.
	const source = (text: string) =>
		/^https?:/.test(text) ? text : text.startsWith('file:') ? new URL(text).href : pathToFileURL(resolve(text)).href;
	const bare = (url: string) => url.replace(/\/+$/, '');
	const mirror: Mirror = {
		images: Object.fromEntries(Object.entries(given.images ?? {}).map(([host, urls]) => [host, urls.map(bare)])),
		...(given.binaries === undefined ? {} : {binaries: bare(source(given.binaries))}),
		...(given.packages === undefined ? {} : {packages: packagesOf(given.packages, bare)}),
		...(given.auth === undefined ? {} : {auth: resolve(given.auth)}),
		insecure: given.insecure ?? [],
	};
	if (given.ca === undefined) return {mirror, problem: []};
	const ca = resolve(given.ca);
	try {
		return {mirror: {...mirror, ca, caText: disk.readFile(ca)}, problem: []};
	} catch (error) {
		const message = `the authority of the mirror cannot be read: ${(error as Error).message}`;
		return {mirror, problem: [{file: ca, message}]};
	}
}

/** One address alone is that of the Kubernetes packages. */
function packagesOf(value: NonNullable<MirrorEntry['packages']>, bare: (url: string) => string): NonNullable<Mirror['packages']> {
	const {kubernetes, docker} = typeof value === 'string' ? {kubernetes: value} : value;
	return {...(kubernetes && {kubernetes: bare(kubernetes)}), ...(docker && {docker: bare(docker)})};
}

/** In the order of the file, each once. */
function unique(problems: readonly Problem[]): Problem[] {
	const once = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
	return [...once.values()].sort((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity) || (a.column ?? 0) - (b.column ?? 0));
}
