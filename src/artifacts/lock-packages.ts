/** What packages are: the index of a repository says it, whose Release was signed by the key whose fingerprint we know. */
import {createHash} from 'node:crypto';
import {gunzipSync} from 'node:zlib';
import type {Problem} from '../errors.ts';
import type {Cluster, Lock, LockedRepository} from '../model.ts';
import {choose, namesFrom} from '../packages/choose.ts';
import {clearText, type Indexed, readPackages, readRelease} from '../packages/control.ts';
import {archiveAt, distributions} from '../packages/distributions.ts';
import {readPublicKey} from '../packages/openpgp.ts';
import {aptSource, indexOf, repositories, repositoryPath} from '../packages/repositories.ts';
import {limited, TooLong} from './registry/body.ts';
import type {Verify} from './signatures.ts';
import {cause, type Wire, WireError} from './wire.ts';

export type PackagesQuestion = {
	readonly cluster: Cluster;
	/** `v1.37.1` */
	readonly version: string;
	readonly archs: readonly string[];
	/** Of the nodes: packages of Docker and of the distribution are made for one. */
	readonly distribution?: {readonly id: string; readonly codename: string} | undefined;
	readonly wire: Wire;
	/** Absent: nobody can be asked whether a signature is right. */
	readonly verify?: Verify | undefined;
	/** A lock that is believed for the fingerprints of keys, in place of those that kubestrap knows. */
	readonly trusted?: Lock | undefined;
	/** Milliseconds since 1970. */
	readonly now?: number;
	readonly signal?: AbortSignal | undefined;
};

export type PackagesAnswer = {
	/** Absent: no package is wanted. */
	readonly packages?: Readonly<Record<string, LockedRepository>>;
	readonly problems: readonly Problem[];
};

type Name = 'kubernetes' | 'docker' | 'os';
const most = {text: 4 << 20, key: 256 << 10, index: 64 << 20, unpacked: 512 << 20};

/** A refusal, and what to do about it. */
class Refused extends Error {
	readonly hint: string;
	constructor(message: string, hint: string) {
		super(message);
		this.hint = hint;
	}
}

/** Never rejects for what a server did; rejects with the signal's reason. */
export async function lockPackages(question: PackagesQuestion): Promise<PackagesAnswer> {
	const names = (['kubernetes', 'docker', 'os'] as const).filter((name) => namesFrom(question.cluster, name).length > 0);
	if (names.length === 0) return {problems: []};
	const found = await Promise.all(
		names.map(async (name) => {
			try {
				return {name, locked: await lockRepository(name, question)};
			} catch (error) {
				question.signal?.throwIfAborted();
				const isKnown = error instanceof Refused || error instanceof WireError;
				if (!isKnown) throw error;
				const hint = error instanceof Refused ? error.hint : 'name a mirror that has it (spec.mirror.packages, spec.os.mirror)';
				return {problem: {message: `packages of ${name}: ${error.message}`, hint}};
			}
		}),
	);
	return {
		packages: Object.fromEntries(found.flatMap(({name, locked}) => (locked === undefined ? [] : [[name, locked]]))),
		problems: found.flatMap(({problem}) => problem ?? []),
	};
}

async function lockRepository(name: Name, question: PackagesQuestion): Promise<LockedRepository> {
	const {cluster, version, archs, verify, signal, wire, now = Date.now()} = question;
	if (verify === undefined)
		throw new Refused(
			'nobody here can check its signature',
			'install gpgv, or name nodes that can be reached: they have it with apt',
		);
	const {source, key} = await place(name, question);
	const signed = await small(wire, `${indexOf(source, 'all').folder}/InRelease`, most.text, signal);
	const release = await checked(signed.toString('utf8'), source.suite, key, verify, now);
	const found: Indexed[] = [];
	const missing: string[] = [];
	const files: Record<string, LockedRepository['files'][string]> = {};
	for (const arch of archs) {
		found.splice(0, found.length, ...readPackages(await index(source, arch, release.files, question)));
		const chosen = choose(found, namesFrom(cluster, name), {arch, version});
		Object.assign(files, chosen.files);
		missing.push(...chosen.missing);
	}
	if (missing.length > 0)
		throw new Refused(`it has no ${missing.join(', no ')}`, 'take another version, or a mirror that has it');
	return {repository: source.path, fingerprint: release.fingerprint, files};
}

type Where = {readonly uri: string; readonly suite: string; readonly component?: string; readonly path: string};

/** Where a repository is, and its key if it is not the distribution's own. */
async function place(
	name: Name,
	{cluster, version, distribution, trusted, wire, signal}: PackagesQuestion,
): Promise<{source: Where; key?: string}> {
	if (name !== 'kubernetes' && distribution === undefined)
		throw new Refused('they are made for one distribution, and nobody said which', 'say it: --distribution debian/bookworm');
	const path = name === 'kubernetes' ? repositoryPath.kubernetes(version) : repositoryPath[name](distribution!);
	if (name === 'os') {
		const row = distributions.find(({id}) => id === distribution!.id);
		if (row === undefined)
			throw new Refused(`nothing is known of ${distribution!.id}`, `known: ${distributions.map(({id}) => id).join(', ')}`);
		return {source: {uri: archiveAt(cluster.os.mirror, row), suite: distribution!.codename, component: 'main', path}};
	}
	const {fingerprint} = trusted?.packages?.[name] ?? repositories[name];
	const source = aptSource(name, {repository: path, fingerprint, files: {}}, cluster.mirror);
	const key = (await small(wire, source.keyUrl, most.key, signal)).toString('latin1');
	const seen = fingerprintOf(key, source.keyUrl);
	if (seen !== fingerprint)
		throw new Refused(
			`${source.keyUrl} has the fingerprint ${seen}, not ${fingerprint}`,
			"the mirror's key is not the publisher's; a repository of your own needs a lock that names its key (--trust FILE)",
		);
	return {source: {...source, path}, key};
}

function fingerprintOf(key: string, url: string): string {
	try {
		return readPublicKey(key).fingerprint;
	} catch (error) {
		throw new Refused(`${url}: ${(error as Error).message}`, 'name a mirror that has the key at this place');
	}
}

async function checked(signed: string, suite: string, key: string | undefined, verify: Verify, now: number) {
	const text = clearText(signed);
	if (text === undefined) throw new Refused('its InRelease is not signed', 'take a mirror that is complete');
	const fingerprint = await verify(signed, key).catch((error: Error) => {
		throw new Refused(`its InRelease: ${error.message}`, 'take a mirror that serves what the publisher signed');
	});
	const release = readRelease(text);
	if (release.validUntil !== undefined && Date.parse(release.validUntil) <= now)
		throw new Refused(`its Release holds no more since ${release.validUntil}`, 'take a mirror that is kept up to date');
	// The publisher has signed those of other distributions too, and of older ones.
	const names = [release.codename, release.suite].filter((one) => one !== undefined);
	if (suite !== '/' && names.length > 0 && !names.includes(suite))
		throw new Refused(
			`its Release is that of ${names.join(', ')}, not of ${suite}`,
			'take a mirror that serves what was asked for',
		);
	return {...release, fingerprint};
}

/** The index of an architecture, packed where there is a packed one; right by size and sum of the Release. */
async function index(
	source: Where,
	arch: string,
	files: ReadonlyMap<string, {sha256: string; size: number}>,
	{wire, signal}: PackagesQuestion,
) {
	const {folder, index: path} = indexOf(source, arch);
	const name = [`${path}.gz`, path].find((one) => files.has(one));
	const listed = files.get(name ?? '');
	if (name === undefined || listed === undefined)
		throw new Refused(`its Release has no ${path}`, `does it hold packages of ${arch}?`);
	const bytes = await small(wire, `${folder}/${name}`, most.index, signal);
	if (bytes.length !== listed.size || createHash('sha256').update(bytes).digest('hex') !== listed.sha256)
		throw new Refused(
			`${name} is not the one of its Release: the mirror is half synced`,
			'wait until it has caught up, or name another one',
		);
	return (name.endsWith('.gz') ? gunzipSync(bytes, {maxOutputLength: most.unpacked}) : bytes).toString('utf8');
}

async function small(wire: Wire, url: string, bound: number, signal: AbortSignal | undefined): Promise<Buffer> {
	const {status, body} = await wire.get(url, 0, signal);
	body.on('error', () => {});
	if (status !== 200) {
		body.destroy();
		throw new WireError(`${url}: HTTP ${status}`);
	}
	try {
		return await limited(body, bound);
	} catch (error) {
		signal?.throwIfAborted();
		throw new WireError(`${url}: ${error instanceof TooLong ? error.message : cause(error)}`, {cause: error});
	}
}
