/** `kubestrap images lock`: asks every mirror for every image, and writes down what upstream's are and where they may be had. */
import {randomBytes} from 'node:crypto';
import {existsSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {readLock, writeLock} from '../artifacts/lock.ts';
import {type BinariesAnswer, lockBinaries} from '../artifacts/lock-binaries.ts';
import {type ImagesAnswer, lockImages} from '../artifacts/lock-images.ts';
import type {openRegistry} from '../artifacts/registry/registry.ts';
import type {openWire} from '../artifacts/wire.ts';
import {fromFlags} from '../cluster/load.ts';
import {ConfigError, exitCodes, Interrupted, KubestrapError, type Problem} from '../errors.ts';
import {addonImages} from '../image-list.ts';
import type {Lock} from '../model.ts';
import {type Arch, artifactsFor, binaryKeys, versionProblem} from '../versions.ts';
import {toYaml} from '../yaml.ts';
import type {Call} from './call.ts';
import {packagesToLock} from './images-lock-packages.ts';
import {type LockPart, lockWishes} from './images-lock-wishes.ts';
import {mirrorFor, type WantedImages, wantedImages} from './images-wanted.ts';
import {lockTables} from './lock-tables.ts';

export type LockHands = {readonly openRegistry: typeof openRegistry; readonly openWire: typeof openWire};

/**
 * Writes the lock, or says what is refused and writes nothing (exit code 1). Upstream is believed over TLS that the system trusts, or the lock of
 * `--trust` instead; a mirror's word alone never makes one. Parts that are not asked for (`--only`) stay as the file has them.
 */
export async function imagesLock(call: Call, {openRegistry, openWire}: LockHands): Promise<number> {
	const {flags, around} = call;
	const {signal, stdout, stderr} = around;
	const {file, parts, platforms, distribution, trust} = lockWishes(flags);
	const path = file === '-' ? undefined : resolve(around.cwd, file);
	const old = path !== undefined && parts.length < 3 && existsSync(path) ? readLock(read(path), {file}) : undefined;
	const trusted = trust === undefined ? undefined : readLock(read(resolve(around.cwd, trust)), {file: trust});
	const wanted = await wantedImages(call);
	const mirror = mirrorFor(call, wanted.cluster);
	const {insecure, ca, auth} = mirror;
	const common = {mirror, ...(trusted && {trusted})};
	const [mirrors, upstream] = [openRegistry({insecure, ca, auth, signal}), openRegistry({auth, signal})];
	const [wire, strict] = [openWire(mirror), openWire({insecure: []})];
	const has = (part: LockPart) => parts.includes(part);
	const none = {verdicts: [], problems: []};
	try {
		const [images, binaries, packages] = await Promise.all([
			has('images')
				? lockImages({...common, wanted: imagesToLock(wanted, call), platforms, mirrors, upstream})
				: {...none, images: old?.images ?? {}},
			has('binaries')
				? lockBinaries({...common, keys: binariesToLock(wanted, platforms), mirrors: wire, upstream: strict, signal})
				: {...none, binaries: old?.binaries ?? {}},
			has('packages')
				? packagesToLock({...wanted, platforms, distribution, trusted}, call, wire)
				: {problems: [], ...(old?.packages && {packages: old.packages})},
		]);
		report(call, file, images, binaries);
		const problems = [...images.problems, ...binaries.problems, ...packages.problems];
		if (problems.length > 0) {
			stderr.write(`\n${refusals(problems)}nothing was written\n`);
			return exitCodes.no;
		}
		const believed = trust === undefined ? '' : `, believing ${trust}`;
		const lock: Lock = {
			binaries: binaries.binaries,
			images: images.images,
			...(packages.packages && {packages: packages.packages}),
			madeBy: `kubestrap ${around.version}${believed}`,
			madeAt: new Date().toISOString(),
		};
		if (path === undefined) stdout.write(writeLock(lock));
		else replace(path, writeLock(lock));
		const count = (map: object, what: string) => `${Object.keys(map).length} ${what}`;
		const files = Object.assign({}, ...Object.values(lock.packages ?? {}).map((one) => one.files));
		const counts = [
			count(lock.images, 'images'),
			count(lock.binaries, 'binaries'),
			...(lock.packages === undefined ? [] : [count(files, 'packages')]),
		];
		stderr.write(`${path === undefined ? '' : `wrote ${file}: `}${counts.join(', ')}\n`);
		return exitCodes.done;
	} catch (error) {
		if (!signal.aborted) throw error;
		throw signal.reason instanceof KubestrapError ? signal.reason : new Interrupted();
	} finally {
		await Promise.all([mirrors.close(), upstream.close(), wire.close(), strict.close()]);
	}
}

/** Without a config, those that a cluster made by flags alone would have. */
function imagesToLock({images, upstream, addons, version, cluster}: WantedImages, {flags}: Call) {
	const usual =
		cluster === undefined && versionProblem(version) === undefined ? fromFlags({local: true, cni: flags.cluster.cni}) : undefined;
	const more = usual === undefined ? addons : addonImages(usual);
	return [...images, ...Object.values(more)].map((ref) => ({ref, upstream: upstream[ref] ?? ref}));
}

function binariesToLock({version, cluster}: WantedImages, platforms: readonly string[]): string[] {
	const keys = (arch: Arch) =>
		cluster === undefined
			? binaryKeys(version, arch)
			: artifactsFor({...cluster, configuration: {...cluster.configuration, kubernetesVersion: version}}, arch);
	return platforms.flatMap((platform) => keys(platform.replace('linux/', '') as Arch));
}

function report({flags, around}: Call, file: string, images: ImagesAnswer, binaries: BinariesAnswer): void {
	around.stderr.write(lockTables(images.verdicts, binaries.verdicts));
	if (flags.output === 'text' || file === '-') return;
	const whole = {images: images.verdicts, binaries: binaries.verdicts, problems: [...images.problems, ...binaries.problems]};
	around.stdout.write(flags.output === 'json' ? `${JSON.stringify(whole)}\n` : toYaml(whole));
}

/** What to do is said once below all that it mends. */
function refusals(problems: readonly Problem[]): string {
	return [...Map.groupBy(problems, ({hint}) => hint)]
		.map(
			([hint, same]) =>
				`${same.map(({message}) => `refused: ${message}\n`).join('')}${hint === undefined ? '' : `  do: ${hint}\n`}`,
		)
		.join('');
}

function read(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch (error) {
		throw new ConfigError([{file: path, message: (error as Error).message}], {cause: error});
	}
}

/** All of it, or the old one: a lock that is half written would be obeyed. */
function replace(path: string, text: string): void {
	const part = `${path}.${randomBytes(4).toString('hex')}`;
	try {
		writeFileSync(part, text, {flag: 'wx', mode: 0o644, flush: true});
		renameSync(part, path);
	} catch (error) {
		rmSync(part, {force: true});
		throw new ConfigError([{file: path, message: `cannot be written: ${(error as Error).message}`}], {cause: error});
	}
}
